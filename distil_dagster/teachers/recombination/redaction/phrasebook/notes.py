"""Clinical notes, referrals, discharge summaries and appeals: a patient spoken about."""

OPENINGS = """
{pt.lf} is here for a <procedure> and has <illness>.
«Seen in|Reviewed in» <dept>: {pt.lf}, {age.adj} {sex.noun}.
{pt} ("{pt.nick}"), {age.pred}, lives with <illness>.
c:{pt.f} was born at <n:26-41> weeks and is now {age.pred}.
c:Mum {rel} brought {pt.f}, who has had <symptom> <since>.
a:«Elderly-appearing|Tired-looking|Alert» {sex.noun}, {age.pred}, with <symptom>.
a:<job> with <illness>, {marital}, {age.dec}, seen for <symptom>.
{pt}'s <procedure> on <date> went well.
{pt.l}'s <result> is back from <place>.
ER note: {age.sex}, {pt.l}, <symptom> <since>.
I am writing in support of {pt}, <memberid>, who needs <drug>.
The «plan|insurer» denied <procedure> for {pt} (<claimno>) on <date>.
Letter of medical necessity for {pt}, <memberid>: <device> for <illness>.
Peer-to-peer for <claimno> with <title> {doc} on <date>.
We appeal the denial of <drug> for this {age.adj} {sex.noun} with <illness>, <claimno>.
Admitted <date>, discharged <date>: {age.adj} {sex.noun} with <illness>.
{pt} underwent <procedure> under <title> {doc.l} on <date>.
Handoff: <room>, {pt.l}, {age.sex}, <symptom>, <result>.
<room>: {age.terse} {sex.adj}, <symptom>, stable overnight.
Nursing note, <time>: {pt} «refused breakfast|walked to the door|slept well».
PT eval: {age.adj} {race} {sex.noun} after <procedure>.
Referred by <title> {doc} of <place>: {pt}, <symptom>.
Psych consult for {pt.f}, {age.pred}, {marital}, <symptom>.
New consult, {race} {sex.noun}, {age.pred}, <illness>.
Transfer from <place>: {pt}, <mrn>, <symptom>.
Social work: {pt.f} and <his> <kin> {rel.f} asked about <insurer>.
{pt}, aged {age.num}, «came to|was sent to|rang» <dept> with <symptom>.
a:{pt} is a {sex.noun} in <his> {age.dec} with <illness>.
a:«{race} |»{sex.noun} in <his> {age.dec}, «found down at home|brought by ambulance|walked in» with <symptom>.
This {race} {sex.noun}, {marital}, no children, asks about testing as «an aunt|a cousin» had cancer at <n:38-60>.
Consult for {pt} (<mrn>), {age.adj}, {marital}, with <illness>.
{pt}: {age.terse} {race} {sex.adj}, <illness>, <result>.
Patient is about {age.pred}, «found|brought in» without papers, <symptom>.
{pt} is a {age.adj} {sex.noun} with <illness> «seen today for|here for|who presents with|admitted with» <symptom>.
{pt} is a {age.adj} {race} {sex.noun} with <illness>.
{pt} is a {age.adj} {race} {sex.noun} who came in <past> with <symptom>.
{pt}, {age.pred}, was seen in <dept> <past> for <symptom>.
{pt}, a {age.adj} {sex.noun}, «presented to|was seen at» <place> with <symptom> <since>.
{pt} ({age.num}) was seen in clinic <past>.
{pt.lf}, <mrn>. «Follow-up for|Seen for|Admitted with» <symptom>.
<mrn>. {age.adj} {sex.noun} with <symptom> <since>.
{age.terse} {sex.adj} «c/o|with|w/» <symptom> <since>.
{age.terse} {race} {sex.adj}, «c/o|h/o» <symptom>, <result>.
{age.sex} «with|w/|p/w|s/p|admitted for» <symptom>. <result>, <result>.
{age.sex} with <illness>, «here for|in for» <procedure>.
{age.sex}, {race}, {marital}, <illness>. «Lives alone.|Works as a <job>.|»
a:{race} {sex.noun}, {age.dec}, «presents with|brought in by ambulance with|referred for» <symptom>.
«This|A» {age.adj} {sex.noun} «was brought in|came to <place>» with <symptom> <since>.
a:This {marital} {age.adj} <job> presents with <symptom>.
a:«Pleasant|Anxious|Well-appearing» {age.adj} {marital} {sex.noun} «seen for|with» <illness>.
«Re:|RE:|Regarding» <Mr> {pt}, <mrn>.
«Re:|RE:» {pt}, DOB <dob>, <mrn>. <He> «was seen|attended» <past>.
Thank you for «seeing|accepting» {pt}, a {age.adj} {sex.noun} with <illness>.
Thank you for referring <Mr> {pt}, whom I «saw|met|reviewed» <past>.
«Dear|Hi» <title> {doc.l}, «thank you for seeing|please see|kindly see» this {age.adj} {sex.noun} with <symptom>.
Dear <title> {doc.l}, I saw {pt} «today|<past>» in <dept>.
Dear colleague, I «saw|reviewed» {pt} in <dept> <past>.
c:{pt.f} is a {age.adj} {sex.noun} brought in by <his> <kin>, {rel}, with <symptom>.
c:{age.adj} {sex.noun} seen with <kin> for <symptom> <since>.
c:{pt}, {age.adj} {sex.noun}, well child visit. «Weight in the 40th percentile.|Vaccines up to date.|Doing well.»
Home visit to {pt} at {addr}.
Home visit for {pt}, {addr}, on <day>.
{pt} was admitted «from the emergency department|overnight|via <dept>» with <symptom>.
«Discharge summary:|DISCHARGE SUMMARY:|D/C summary -» {pt}, admitted <date>, discharged <date>.
{pt.mi} «was discharged|went home» <past> after an uneventful <procedure>.
Discharged home on <drug> <dose> <often> after <procedure>.
Pt {pt.l} «seen|rounded on» with <title> {doc.l}, <result>.
«Telephone|Phone» encounter: {pt} «rang|called» about <symptom> <since>.
{pt.f} «says|reports|told us» the <symptom> «is worse|is better|comes and goes» <since>.
Interpreter booked (<language>) for {pt.f}, {age.pred}, seen at <dept>.
Patient identifies as {sex.id}. «Uses they/them.|Pronouns updated.|Prefers to be called {pt.f}.|On hormone therapy.»
Pt is {age.pred}, {sex.adj}, {race}, with <illness>.
Crisis line note: {pt.f}, {age.pred}, «called about|talked about» <symptom>; safe tonight.
Subject {id.subject} completed visit <n:2-9> of the <drug> trial.
Trial subject {id.subject}, a {age.adj} {sex.noun}, reported <symptom> on day <n:3-90>.
"""

BODIES = """
Sample kit {uuid} was mailed <past>.
Disability benefit goes to {iban}.
The deposit for the <device> was paid with {card}.
SSN for the <form>: {ssn}.
Recorded as {race}, {marital}.
<Mr> {pt.l} and <his> <kin> {rel.f} live at {addr}.
Correspondence goes to {addr}.
{pt.l} wants surgery before winter; the <kin>, {rel.f}, would rather wait.
Spoke to {rel.f} «by phone|on {phone}» <past>.
Pharmacy is at {addr}.
<His> <device> has serial {id.serial}.
Signed consent is stored as {uuid}.
The images are under accession {id.specimen}.
Authorization {id.auth} covers <n:6-24> visits.
Pager for the team: {phone}.
Case manager {stf}, {phone.x}, has the papers.
<title> {doc.l}'s office will send the images.
{stf.f} from <dept> spoke to <him> <past>.
{doc}, <degree>, was consulted.
Seen by {nur.f} in triage.
Seen with medical student {stf}.
<He> «signed|refused to sign» in front of {nur.f}.
a:<Pt> is {marital}, a retired <job>, and drinks no alcohol.
a:<Pt> was {marital.was} in <month> and sleeps badly.
a:<Pt> is {marital} with two adult sons.
<Pt> is of {race} descent and has no siblings.
Mobile on file {phone}, e-mail {email.pt}.
<His> Medicare number is {id.medicare}.
a:<He> is a {marital.noun} and lives with <a_lodger>.
a:<He> is in a {marital.dp} and has no children.
a:<He> was {marital.was} last year and manages <his> own meals now.
<He> describes <him>self as {race}.
<He> is in <his> {age.dec}.
<Mr> {pt.l} is now {age.pred} and still drives.
<He> is {age.pred}, works as a <job>.
<He> is {age.pred}, {marital}, and lives with <a_lodger>.
<He> is {marital} and lives with <a_lodger>.
<He> is {race} and has lived in <city> for <n:2-30> years.
<Pt> is {marital} and works as a <job>.
a:<Pt>, {marital}, lives alone at {addr}.
<Pt> lives at {addr} with a dog.
<Pt> lives in <city> and «drives|commutes|walks» to work.
<He> turned {age.bare} in <month>.
<He> was {age.bare} when <illness> was diagnosed.
<His> <kin>, {rel}, can be reached at {phone}.
Next of kin is <his> <kin> {rel}, {phone}.
Emergency contact: {rel} (<kin>), {phone}.
<His> <kin> {rel.f} was present and agrees.
I «told|explained this to» {rel.f}, <his> <kin>, who agrees.
Family updated: {rel} at {phone}.
«Discussed with|Case reviewed with|Seen with|Plan agreed with|Supervised by» <title> {doc.l}.
<title> {doc} «performed the <procedure>|read the images|will take over|agrees with the plan».
<title> {doc.l} in <dept> will see <him> <when>.
«Follow up|F/u|RTC» with <title> {doc.l} <when>.
<nurse> {nur.l} «changed the dressing|drew labs|gave the first dose|did the teaching» at <time>.
{nur}, RN, «noted|documented|reported» <result> at <time>.
{stf}, <stafftitle>, «will call|will visit|met with the family» <day>.
Please copy your «findings|letter|report» to <title> {doc} at <place>, fax {phone}.
Fax the report to {phone}, attention <title> {doc.l}.
Page <title> {doc.l} at {phone} if <result> or worse.
Incident form filed by {nur.init}, reviewed by <nurse> {doc.l}.
Reviewed and signed, {doc.init}.
«Specimen|Sample» {id.specimen} sent to <place>.
Biopsy «{id.specimen}|no. {id.specimen}» shows no dysplasia.
Device serial {id.serial}, implanted <date>.
The <device>, serial number {id.serial}, «was checked|alarmed twice|was replaced» <past>.
The «visit|encounter» is filed under {id.visit}.
Imaging order {id.order} placed.
Referral {id.auth} is valid until <date>.
<Mr> {pt.l} «tolerated this well|declined the vaccine|prefers to wait|asked about side effects».
<Mr> {pt.l} would like the «results|letter» sent to {email.pt}.
{pt.f} «wants surgery|would rather wait|agreed to the plan|was told not to drive».
I told {pt.f} that either choice is reasonable.
{pt.f} «uses|has» a <device> at home.
Preferred pharmacy is <place>, {phone}.
Records were sent to {email.role}.
Please send the «results|report» to {email.role}.
The <kin>, {rel.f}, manages the pills.
Lives with <kin> {rel.f} in <city>.
c:<His> <kin> {rel} gave consent.
Contact tracing by {stf}.
<Mr> {pt.l}'s <kin> {rel.f} drove <him> home.
"""

PLAIN_BODIES = """
<His> sister is <n:30-75> and has <illness> too.
<His> uncle, a single man, died of <illness> at <n:50-80>.
Grandmother had a stroke in her seventies.
Lisfranc injury excluded, Ottawa rules negative.
Started on the Epley maneuver for vertigo.
Colles fracture reduced, cast in place.
McGill pain score <n:4-30>, Borg <n:2-9>.
Hoffmann's sign absent, Lhermitte's positive.
Moved here from <city> in <month>.
Ex-smoker, stopped at <n:30-60> pack-years.
Next of kin not reached.
The wife is a nurse, the son lives in <city>.
Referred to <dept>, <form> sent.
No staff member saw the fall.
Cost of the <device> is <amount>, covered by <insurer>.
<result>, <result>.
<result> on admission, <result> today.
On exam <he> was alert; lungs clear, abdomen soft.
«Start|Started|Continue|Increase|Stop|Hold» <drug> <dose> <often>.
<drug> <dose> <often> was «started|stopped|increased» because of <symptom>.
«Denies|No» <symptom> or <symptom>.
Father had <illness> at <n:40-70>.
Family history: brother with stroke at <n:45-70>, sister with <illness>.
<His> father died at <n:50-80> of heart failure and <his> mother is <n:60-90>.
Two sisters, both divorced, one with <illness>.
Mother, <n:55-88>, is widowed and lives in <city>.
A male nurse «stayed with the family|helped with the transfer».
A female chaperone was present throughout.
<illness> and <illness>, both stable on <drug>.
Plan: <procedure> <when>, repeat labs on <day>.
Plan: <drug> <dose>, recheck in clinic <when>.
«Transferred to|Moved to|Now in» <room> at <time>.
<procedure> booked for <date> at <time> at <place>.
DOB <dob>.
«Foley|The Foley catheter|PICC line» removed on <date>.
Tinel's sign and Phalen's test were negative.
Murphy's sign negative, McBurney's point tender.
Kerley B lines on the film, no effusion.
Glasgow Coma Scale 15, Babinski down-going bilaterally.
Code status: full code.
p:Pregnant, <n:8-40> weeks, G<n:2-4>P<n:0-3>.
p:She is <n:8-39> weeks pregnant.
The wound on the left shin is granulating well.
Billed as <cpt>, diagnosis <icd>.
Allergies: penicillin, latex.
Non-smoker, two glasses of wine a week.
Lost <n:3-12> kg in <n:2-6> months.
Speaks <language>; a phone interpreter was used.
The family are British citizens from <city>.
Practising Muslim, fasting this month.
Vaccine given in the left deltoid, <ndc>.
A single dose of <drug> was given in the ED.
No separated shoulder on film.
Well engaged in therapy.
White count is falling, <result>.
Whites of the eyes are clear.
Black stools <since>, no bright red blood.
Elderly neighbor called the ambulance.
The newborn is feeding well.
The resident was paged at <time>.
Attends the Parkinson's group on <day>.
Weekly ANC for <n:2-6> months because of the black box warning on clozapine.
Walks daily on Juniper Lane with a cane.
Retired <job>, moved here from <city>.
Return sooner for <symptom>.
"""

CLOSINGS = """
«Signed,|Electronically signed by|Dictated by|Attending:|Signed:» {doc}, <degree>
«Signed,|E-signed:|Author:» <title> {doc}
-- {doc.init}
{nur}, <degree>
Please call {phone} with «questions|any concerns|the date».
«Yours sincerely|Kind regards|With best wishes», <title> {doc}
«Yours sincerely|Kind regards», {doc}, <dept>
cc: <title> {doc2}, fax {phone}
<title> {doc.l} will call on <day>.
Questions to {email.role} or {phone.x}.
«Return|Follow-up» <when>.
Call 911 for chest pain.
Next visit <date> at <time>.
No further action needed.
"""
