"""Portal messages, chats, e-mails and voicemails: somebody writes, about care or about money."""

PATIENT_OPENINGS = """
Dear billing team, I was charged <amount> for a <procedure> I never had.
To whom it may concern, please close account {id.account}.
Hi, I think you mixed me up with {stf}, I am {pt}.
Please change my last name from {stf.l} to {pt.l}.
I got a letter for {stf} but I live at {addr} alone.
my daughter {rel.f} says the link in your email is broken
I was seen by <title> {doc} <past> and forgot to ask about <drug>.
Does <title> {doc.l} take <insurer>? I have <symptom> <since>.
Could <title> {doc.l} send my <drug> to <place>?
Hello, I'm {pt.nick} {pt.l}, booked for a <procedure> on <date>.
I'd like to pay invoice {id.invoice} with {card}.
Wrong number on my bill: it should be {id.account}, not {id.account}.
My new insurance is <insurer>, ID {id.member}, group {id.group}.
The <device> you sent has serial {id.serial} and does not work.
hi can someone call my <kin> {rel.f} at {phone}
pls tell <title> {doc.l} im ok, <result> today
a:I am {age.pred} and still waiting for my <procedure>.
a:As a {race} {sex.noun} with <illness> I would like to join the study.
a:I got {marital.was} in <month>, does my <kin> stay on the plan?
I'm {sex.id} and the form only has two boxes.
Hi <title> {doc.l}, the <drug> makes me dizzy «in the morning|after meals|when I stand up».
Hi <title> {doc.l}, I have had <symptom> <since>.
«Hello|Hi|Good morning|Dear» <title> {doc.l}, is it ok to take <drug> with <drug>?
«Hello|Hi|Good morning|Hi there», I'd like to «book|move|cancel» my <procedure> on <date>.
«Hello|Hi|hi», this is {pt}, «<mrn>|DOB <dob>».
«Hello|Hi», my name is {pt} and I «need|lost» my referral for <procedure>.
my name is {pt} and my user name is {id.user}, i cant log in <since>.
hi its {pt.f}, «can u refill my <drug>|i need a new <device>|is my <procedure> still on for <day>».
«Hi|hey|Hello», {pt.f} here. «Still have <symptom>.|My <device> broke.|I missed your call <past>.»
Dear «Ms.|Mr.|Mrs.» {stf.l}, I am writing about my <procedure> <past>.
«Hi|Hello» {stf.f}, thank you for your call about the <procedure>.
Good morning, I'd like the reimbursement for «physiotherapy|glasses|the <device>» paid to {iban} please.
a:I'm {pt.f}, {age.pred}, and I've had <symptom> <since>.
a:I am a {age.adj} {sex.noun} with <illness> and I wonder if <drug> is safe.
im {age.bare} and {marital}, do i need my own plan or can i stay on my dads
a:I'm {race} and my mother had <illness>, should I be tested?
a:I'm {marital.was} now, so please take my ex off the account.
«Can|Could» you «send|mail» my records to {addr}?
Please send the <device> to {addr}, not to the clinic.
I moved. My new address is {addr}.
we moved, new address is {addr}
can u send the «lab form|results|bill» to {email.pt} instead, my old email is dead
Subject: «duplicate charge|refund|wrong bill|my bill». I paid <amount> for «the <procedure>|my <device>» twice.
«My <kin>|my <kin>» {rel.f} needs a refill of <drug>.
I'm writing for my <kin>, {rel}, who has <illness>.
I am appealing the denial of <claimno> for my <kin>'s <device>.
I am appealing the denial of <procedure> for {pt}, <memberid>.
You denied <claimno> for <drug>. I ask you to look at it again.
i typed my whole card number in the wrong box, its {card}, can you delete that
you can charge my card {card} exp <n:1-9>/<n:27-31> «security code|CVV|cvv» {id.cvv}
Please charge the «balance|copay|deposit» of <amount> to {card}.
The portal still says "hello {stf.f}" and that's not me.
my ssn is {ssn} do u need anything else
The form wants my social, it's {ssn}.
Is {phone} still the number for «refills|<dept>|the nurse line»?
my id is {id.member} and the app says it is wrong
"""

PATIENT_BODIES = """
Please use my bank account, {iban}, for that.
You have the wrong IBAN, mine is {iban}.
It was paid from {iban} on <date>.
My husband's account is {iban}, use that one.
My old card was {card}, the new one comes <day>.
I see two charges on {card}.
Number {card}, valid until <n:1-9>/<n:27-31>, code {id.cvv}.
The link you sent ends in {uuid} and is dead.
The app crashed, log {uuid}.
SSN {ssn} if you need to look me up.
they asked for my ssn, thats {ssn}
my ssn ends in {ssn.last4}
The file has me as {race}, please correct that.
The form says {marital.field} but I put nothing.
a:I live alone, {marital}, so a nurse at home would help.
The bill names {stf}, whom I don't know.
You can also ask {rel}, my <kin>.
It was {nur.f} who took my blood.
The old number, {phone}, is gone.
Account {id.account} is mine.
I paid with {card} on <date>.
I'd rather pay by transfer, from {iban}.
My zip is {addr.zip}.
Fax it to {phone} please.
My <memberid>.
Our <memberid>.
My <memberid> and the group number is {id.group}.
It's about <invoiceno>.
The «reference|booking code|confirmation number» is {id.booking}.
My date of birth is <dob> and my chart number is {id.mrn}.
a:My driver's license is {id.licence} if you need it.
Passport number {id.passport}, if that helps.
<callat>.
<callat> after <time>.
<callat>, or e-mail {email.pt}.
My e-mail is {email.pt}.
I'm at {email.pt} most evenings.
Please reply to {email.pt}.
It's for my <kin> {rel.f}, who is with me.
My <kin> {rel} can pick it up.
{rel.f} can pick it up, <rhe> has the paper.
Nurse {nur.l} said it would be ready by <day>.
<title> {doc.l} said to «stop|double» the <drug>.
I spoke with {stf.f} in <dept> <past>.
{stf} at the desk told me to write here.
The card is {card}.
Use {card} for the copay.
Please put the <amount> back on {card}.
The money can go to {iban}.
My IBAN is {iban}, account holder {pt}.
My social is {ssn}.
It ends in... no wait, the whole social is {ssn}.
I only want to give part of my social, {ssn.masked}.
The ZIP for the letter is {addr.zip}.
Mail it to {addr}.
The letter should go to {addr.lines}.
My user name is {id.user}.
The pump is serial {id.serial}.
The error says {uuid}.
It shows request {uuid} and then stops.
a:I'm {age.pred} and «never had this before|otherwise healthy|on no other meds».
I'm {marital.was}, so the joint account is closed.
a:I am {race}, if that matters for the <procedure>.
My <rxno> has no refills left.
The prescription is {id.rx} at <place>.
"""

PATIENT_PLAIN = """
The <symptom> is worse at night.
I take <drug> <dose> <often>.
It started <past> and I have <symptom> too.
The pharmacy, <place>, says it needs a new order.
I can come in on <day> after <time>.
My last <procedure> was at <place> in <month>.
The bill says <amount> but I was told <amount>.
I was charged <amount> on <date>.
The Visa ending in <n:1000-9999> is fine.
Use the card ending in <n:1000-9999> like last time.
My sister is <n:30-70> and had the same thing.
My mom had breast cancer at <n:40-60> and my aunt at <n:40-60>.
My husband is a nurse and says it is fine.
My wife and I both have <symptom>.
My BP was <n:110-170>/<n:60-100> this morning.
The letter says <cpt>, what is that?
The box says <ndc>, is that the recalled one?
I only need a single refill.
We live near Sycamore Avenue so that office is closer.
Is the office in <city> open on <day>?
I filled in <form> already.
No need to call back.
Should I still fast before the <procedure>?
The page at <url> is blank.
p:I'm <n:8-38> weeks pregnant.
"""

PATIENT_CLOSINGS = """
<bye>, {pt.f}
<bye>, {pt}
<bye>,⏎{pt}
<bye>,⏎{pt.f}
<bye>, {pt} ({email.pt})
<bye>, {pt}, {phone}
<bye>,⏎{pt}⏎{phone}
- {pt.f}
-{pt.init}
{pt.f}
<bye>, {pt.l}
<bye>, {rel} (<kin> of {pt.f})
<bye>!
<bye>
thx
Thanks in advance.
"""

STAFF_OPENINGS = """
<Mr> {pt.l}, the bank returned our payment to {iban}.
We cannot pay <amount> to {iban} without a signed <form>.
The card {card} on the account of {pt} expires in <month>.
{pt} sent a photo of card {card} by mistake, please delete it.
Your video visit {uuid} starts at <time>.
The export {uuid} of your record is ready at <url>.
Medicare lists {pt} under SSN {ssn}, we have {ssn}.
Thank you for choosing <place>, {pt.f}.
<Mr> {pt.l}, your <device> with serial {id.serial} is ready.
We spoke with your <kin> {rel.f} about the <procedure> <past>.
«Good morning|Good afternoon», we need the social of {pt} for <form>, we have {ssn.masked}.
Your card {card} was declined for <amount>.
Your reimbursement of <amount> went to {iban} on <date>.
Statement {id.invoice} for {pt} shows a balance of <amount>.
{pt} ({age.num}, {sex.adj}) is on our list for a <procedure>.
Eligibility check: {pt}, DOB <dob>, {sex.adj}, <memberid>.
The subscriber, {rel}, is {pt.f}'s <kin>.
a:Dear <Mr> {pt.l}, your payment of <amount> for <invoiceno> «was declined|is overdue|was received».
a:Dear <Mr> {pt.l}, your <procedure> is «booked for|moved to» <date> at <time>.
a:Dear <Mr> {pt}, we received your appeal of <claimno> on <date>.
Dear {pt.f}, your <drug> is ready at <place>.
Dear {pt}, «thank you for your e-mail of <date>|your results are back|we could not reach you».
«Hello|Hi» {pt.f}, «we could not reach you on {phone}|your <result> was normal|please bring <form>».
Hello {pt.f}, we could not reach your <kin> {rel.f} on {phone} or at {email.rel}.
Hi {rel.f}, your <kin2> {pt.f} is settled in <room> and ate most of <his> lunch.
Hi {rel.f}, {pt.f} had a quiet night and <result> this morning.
Your prior authorization {id.auth} for <drug> is approved until <date>.
Your <procedure> is booked under {id.booking} for <date>.
Your claim {id.claim} was «denied|paid|sent back» on <date>.
Your order {id.order} for the <device> has shipped.
We have refunded <amount> to {card} today.
The deposit for the <device> was refunded to {iban} <past>.
Our records show two charts, {id.mrn} and {id.mrn}, for {pt}.
Thank you for your fax of <date> about order {id.order}.
Thank you for calling <place>. Your reference is {id.ticket}.
The card ending in <n:1000-9999> was charged <amount> for the missed visit on <date>.
«Reminder:|Reminder -» {pt.f}, your <procedure> is on <day> at <time>.
«Refund|Please refund» <amount> to {iban}, account holder {pt}.
Bank details for the disability payment: {iban}, name {pt}.
Please refund the deposit for the <device> to {iban}, account holder {rel}.
Please charge the self-pay balance of <amount> to {card} and mail the receipt to {addr}.
<memberid> is not active for {pt} as of <date>.
SSN on the <insurer> form reads {ssn} but the card copy says {ssn}.
«Intake|Registration» for {pt} is missing the social; the card shows {ssn.masked}.
Patient {pt} asked to change <his> address to {addr}.
Please update the chart of {pt}: new mobile {phone}, e-mail {email.pt}.
<Mr> {pt} has moved to {addr} and needs a new <device>.
{pt} wants the bill sent to <his> <kin> {rel} at {addr}.
"""

STAFF_BODIES = """
We paid <amount> into {iban}.
The account {iban} was closed by the bank.
Our account is {iban}, reference {id.invoice}.
A second charge to {card} was stopped.
Please confirm that {card} is still yours.
Your upload is stored as {uuid}.
The consent form has the number {uuid}.
We have you down as {race} and {marital}.
The SSN on file is {ssn.masked}.
Your SSN, {ssn}, should not be sent by e-mail.
Our fax is {phone}, our mail {email.role}.
Please pay account {id.account} at the desk or by card.
The check goes to {addr}.
{pt.f} needs a new order from <title> {doc.l}.
Case manager: {stf}, {email.role}.
Claim {id.claim} is linked to visit {id.visit}.
Specimen {id.specimen} was lost, please come in again.
The order for <him> is {id.order}.
Questions? Call {phone} or write to {email.role}.
«Please write to|To dispute it, write to|Send it to|Reply to» {email.role} within <n:10-60> days.
Call {phone} to «choose a time|confirm|pay by phone|cancel».
Ring <dept> on {phone} if you're worried.
Ask for {stf.f} on {phone.x}.
{stf} in <dept> can help, {phone.x}.
Your <memberid>.
Please quote {id.ticket} when you call.
Your booking code is {id.booking}.
The visit reference is {uuid}.
The payment session was {uuid}.
The card on file, {card}, has expired.
We tried {card} on <date>.
The letter was sent to {addr}.
We still have {addr} as your home.
We mailed it to {addr.lines}
You can pay by transfer to {iban}.
<title> {doc.l} has reviewed the results.
<title> {doc} will see you on <day>.
{nur}, <degree>, will call you on <day>.
<He> is {marital.was}, so please remove the joint account.
<He> is {age.bare} and due for a <procedure>.
Please bring the card with member number {id.member}.
The provider number is {id.provider}.
The agent's badge number is {id.badge}.
Member is {age.pred}, {sex.adj}, «active|covered» since <date>.
The name on file is {pt.lf}.
Check {id.payment} was cashed <past>.
Our NPI is {id.provider} and the DEA number {id.dea}.
Your old phone, {phone}, is no longer in service.
"""

STAFF_PLAIN = """
No charge was made.
Delivery takes about <n:2-9> weeks.
Please arrive <n:10-30> minutes early and bring your Medicare card.
Nothing to eat after midnight.
The balance of <amount> is due on <date>.
Your copay is <amount>.
You can pay at <url>.
Sign in at <url> with your own password.
If you have trouble breathing, call 911.
For a crisis, call or text 988 at any time.
Dial extension <n:100-999> for a wheelchair.
Please don't send that in the chat.
Your plan is Silver 70 PPO, RxBIN 0<n:10000-99999>.
The code on the letter, <cpt>, is for the <procedure>.
The recall covers <ndc> only.
Fill in <form> and bring it on <day>.
The office in <city> is closed on <date>.
Parking is on Canal Street, free with a ticket.
Marital status: single, married, divorced or widowed? Please tick one.
Women over <n:40-60> are offered a mammogram every two years.
Children under <n:5-12> need a parent with them.
We ask all patients about race and gender, but you may skip it.
Results take <n:2-10> days.
The card ending in <n:1000-9999> will not be charged again.
"""

STAFF_CLOSINGS = """
<bye>, {stf}
<bye>, {stf.f}, <dept>
<bye>,⏎{stf}⏎<place>
{stf.f} at <place>
- {stf.init}
<bye>, <place>
<bye>, your care team
This mailbox is not monitored.
Do not reply to this message.
"""

VOICEMAILS = """
a:Hi, this is {pt}, I'm {age.bare}, and I need to see <title> {doc.l}.
Hello, it's {rel}, {pt.f}'s <kin>, about the <device>.
Um, hi, this message is for {stf.f} in <dept>.
Hi <title> {doc.l}, {pt} here, I still have <symptom>.
Good morning, my name is {pt.f}, last name {pt.l}, I'm calling about my <drug>.
Hi, it's the pharmacy at <place>, calling for {pt}.
Hi, «uh, |um, |»this is {rel.f}, I'm calling for {pt}, it's about the <procedure> on the <n:4-20>th.
Hello, this is {stf} from <place>, a message for {pt}.
Hi {pt.f}, it's {nur.f} from <place>, nothing urgent.
Yes hi, my name is {pt}, «uh, |»date of birth <dob>.
Good afternoon, {stf.f} calling from <dept> about your <device>.
This is a message for the parents of {pt.f}, from the school nurse.
hey, it's {pt.f}, I got your letter about the <procedure>.
This is <title> {doc.l}'s office calling about your <procedure>.
Hi, this is <place>, your <drug> is ready.
"""
VOICEMAIL_BODIES = """
The card is {card}.
You can send the money to {iban}.
I'm {age.bare}, if that matters.
I'm at {addr}.
My e-mail is {email.pt}, all small letters.
I'm calling from {phone}.
It's for my <kin> {rel.f}, not for me.
Nurse {nur.l} knows about it.
The order number is {id.order}.
You can get me back at {phone.spoken}.
My number is {phone.spoken#1}«|, again, that's {phone.spoken#1}|, any time».
Call me back on {phone}.
Please call {phone} and ask for {stf.f}.
The number here is {phone.x}.
My ID is, let me see, {id.member}.
The last four of my social are {ssn.last4}.
My social is {ssn.spoken}.
The reference is {id.ticket}.
I think it was <amount>, on <date>.
I have <symptom> and I can't wait until <day>.
Ask for my <kin>, {rel.f}, if I don't pick up.
If this is an emergency, hang up and dial 911.
We're open till <time> today.
"""
VOICEMAIL_CLOSINGS = """
Okay, bye.
Thanks, bye now.
Thank you.
«Okay, thanks|Bye».
Talk soon.
"""
