"""Pharmacy notes, messages of systems, and texts that say something general."""

PHARMACY_OPENINGS = """
Refill for {pt}, <rxno>, <drug> <dose>, qty <n:14-120>.
Refill request: {pt}, <drug> <dose>, <rxno>.
<rxno> for {pt.f} is «on hold|ready|too soon to fill».
«Dispensing note|Pharmacy note|Note»: {pt.f}'s <drug> was swapped for <drug> because of <symptom>.
{pt.lf}: <drug> <dose> <often>, <rxno>, <n:0-5> refills.
Transfer {id.rx} and {id.rx} to <place>, {phone}.
<title> {doc.l} called in <drug> <dose> <often> for {pt}.
Verbal order from <title> {doc}, DEA {id.dea}: <drug> <dose> <often>.
{rel.f} will pick up the <drug> for <rhis> <kin2> {pt.f}.
Prior auth {id.auth} for <drug> came through from <insurer>.
{pt} picked up <drug> <past>, ID checked ({id.licence}).
«Counseled|Spoke with» {pt.f} about <drug> and alcohol.
<insurer> rejected <drug> for {pt}: <memberid>, group {id.group}.
New label printed under {id.rx}.
c:{pt.f} ({age.field}) weighs <n:4-30> kg, <drug> dose adjusted.
<Mr> {pt.l}, {age.pred}, asks about <drug> with <drug>.
Fill <drug> for {pt}, <sexage>, <rxno>.
"""
PHARMACY_BODIES = """
Call {phone} when it's ready, <he> can't get texts.
Call <him> at {phone} when ready.
Deliver to {addr}.
Ship to {addr}, leave with <his> <kin> {rel.f}.
New label printed under {id.rx}.
Prescriber fax {phone}.
Checked by {nur.init}.
Filled by {stf.init}, checked by {nur.f}.
<title> {doc.l} okayed the change <past>.
Billed to <insurer>, ID {id.member}, group {id.group}.
Paid with {card}.
E-mail the receipt to {email.pt}.
Loyalty account {id.account}.
"""
PHARMACY_PLAIN = """
<He> paid cash.
Copay <amount>.
RxBIN 0<n:10000-99999>.
<ndc>.
Take with food, no grapefruit.
Black box warning reviewed.
Next refill due <date>.
Single-use pens, box of <n:2-10>.
Out of stock until <day>.
Partial fill, <n:5-20> tablets owed.
"""

SYSTEM_OPENINGS = """
Upload failed for document {uuid}.
Payment session {uuid} timed out before the copay of <amount> went through.
Telehealth visit {uuid} dropped twice.
Sync error in the home monitoring app: device token {uuid}, last reading <n:110-170>/<n:60-100> at <time>.
ERROR <time> «request|trace|record» {uuid}: «patient not found|duplicate chart|timeout after <n:5-60> s».
«Login|Sign-in» failed for user {id.user} at <time>.
Account {id.user} was locked after <n:3-9> tries.
HL7 message {uuid} rejected: «missing DOB|bad <cpt>|no insurance segment».
«Ticket|Case» {id.ticket}: {pt} can't open the lab report.
Duplicate charts {id.mrn} and {id.mrn} were merged by {stf.f}.
Batch job moved <n:20-900> charts; {id.mrn} failed.
Device {id.serial} went offline at <time>.
Badge {id.badge} opened the drug cabinet in <room> at <time>.
Fax to {phone} failed, <n:2-5> pages, retry at <time>.
E-mail to {email.pt} bounced.
Message to {email.pt} about <invoiceno> bounced <past>.
The <device> (serial {id.serial}) alarmed <n:2-9> times overnight.
Consent form {uuid} was signed by {pt} on <date>.
Refund {id.payment} to {card} was sent <past>.
Transfer to {iban} was returned by the bank.
Autopay for {card} failed, <invoiceno>.
"""
SYSTEM_BODIES = """
Patient {pt.f} «changed phones|was told|will try again» on <day>.
{pt} rejoined by phone from {phone} and the visit was finished with audio only.
The chart is {id.mrn}.
Reported by {stf}, {phone.x}.
Reply to {email.role}.
Assigned to {stf.f}.
User {id.user} was notified at {email.pt}.
Second attempt: {uuid}.
Linked to <claimno>.
"""
SYSTEM_PLAIN = """
No charge was made.
Try again with a PDF below <n:5-20> MB.
Error code <n:400-599>.
Firmware <n:2-9>.<n:0-9>.<n:0-9>, battery <n:5-90> %.
The next sync is at <time>.
Please ask the rep whether the recall of <date> covers it.
Bring the Medicare card to the desk.
See <url>.
"""

GENERAL = """
The patient stays in <room> until <date>, then home with <drug>.
Patient seen, <result>, no change to <drug>.
Tubes: one EDTA, one serum, <ndc> on the kit.
The appeal form is <form>, fax it with the denial letter.
Please note that <insurer> pays <amount> for <cpt> and <amount> for a <procedure>.
Hi, is the <device> covered? My letter says <amount>.
Thank you for your message, we answer within <n:1-5> days.
Hello, the clinic in <city> has moved next to <place>.
Unmarried partners may be added to the plan in <month>.
Native speakers of <language> are wanted as volunteers.
Sickle cell disease is more common in Black newborns.
A man called about parking on Main Street and hung up.
The widow's peak is a harmless trait.
The engaged line means try again after <time>.
The caller, a nurse from <place>, left no name.
Take one single-use vial, <ndc>, and discard it.
The separated edges of the wound were closed at <time>.
Parkinson's patients should take <drug> <n:20-60> minutes before meals.
If Foley output drops below <n:20-40> mL/h, page the resident on call.
Black box warning reviewed for «clozapine|fluoroquinolones|<drug>».
A single dose of <drug> is enough.
Married couples should be treated together, and children over <n:10-25> kg on the same day.
Women over <n:40-65> are offered a mammogram every two years.
Men over <n:45-55> should ask about «PSA|colon» screening.
Hispanic and Black women have higher rates of <illness>.
Call extension <n:100-990> if you use a wheelchair.
For a crisis, call or text 988; for chest pain, 911.
<place> wants the «Holter|pathology|<procedure>» report from <place> by <day>.
Nobody needs to call back.
The clinic in <city> is closed on <date>.
<insurer> will not cover <cpt> after <date>.
<cpt> needs a prior authorization from <insurer>.
Use <form> for <procedure>, not <form>.
The recall covers <ndc> and <ndc>.
<room> is being cleaned until <time>.
The card ending in <n:1000-9999> was charged <amount> on <date>.
The Mastercard ending <n:1000-9999> has expired.
Copays go up from <amount> to <amount> in <month>.
Take <drug> <dose> <often> with food.
<drug> <dose> <often>, no refills.
BP <n:110-180>/<n:60-100>, HR <n:55-120>, afebrile.
Labs: <result>, <result>, <result>.
Wound clean, Steri-Strips in place, follow-up <when>.
Admit to <room>, <drug> <dose> <often>, <procedure> on <day>.
Diet advanced, IV stopped, home <when>.
Teenagers may come without a parent.
Elderly patients should stand up slowly on <drug>.
The newborn screen is repeated at <n:2-4> weeks.
Babies under <n:3-9> months should not have honey.
<illness> often starts between <n:20-30> and <n:40-60>.
Mother has <illness>, father died at <n:50-80>.
Her sister is <n:30-60> and divorced.
His wife, a <job>, is worried.
Interpreter needed (<language>).
Marital status: single / married / divorced / widowed. Please circle one.
Sex: ( ) male ( ) female ( ) other
The form asks for age, race and gender but you can leave it blank.
can i take <drug> with <drug>
do i need to fast before the <procedure> on <day>?
is the flu shot free with <insurer>
my <device> beeps all night, is that normal?
what does <icd> mean on my bill
Wilson's disease was ruled out, and the Wood's lamp exam was normal.
Rinne and Weber tests normal, Romberg negative.
McMurray and Lachman tests negative on the right.
Discussed Braden and Morse scores at handoff.
Apgar <n:6-8> and 9, Ballard <n:36-40> weeks.
The Mediterranean diet helps with <illness>.
Asian pears and black tea are allowed, white bread is not.
Staffing: one male nurse, two female aides tonight.
The plan is Gold 80, RxBIN 0<n:10000-99999>.
Version <n:2-9>.<n:0-9> of the portal is live at <url>.
Our hours are <n:7-9> to <n:4-6>, <day> and <day>.
Report the <procedure> with <cpt> and <icd>.
Shuttle leaves from Canal Street at <time>.
Visitors park on Sycamore Avenue.
Next refill <date>, lot number on the box, <ndc>.
No known allergies.
Dr. on call was paged at <time>.
The nurse from <dept> came at <time>.
"""
