"""Telephone calls and chats in turns. `<A>` is whoever answers, `<C>` whoever called."""

FIRST = """
<C> Hello, {pt.f} {pt.l}, <mrn>.⏎<A> Thank you, how can I help?
<A> Pharmacy, good morning.⏎<C> It's about <rxno>.
<C> who is this, i got a text from {phone}⏎<A> That is our reminder line.
<A> Who is the policyholder?⏎<C> My <kin>, {rel}.
<A> Is this for {pt}?⏎<C> Yes, <he>'s {age.bare}.
<C> the bill went to {addr}, thats my ex⏎<A> We'll change it.
<C> «Yes hello|Hi|Good morning», this is {pt}, about my <device>.⏎<A> Sure, what number can we ring?⏎<C> {phone}.
<C> Hi, this is {rel}, I'm calling about my <kin2>'s <procedure>.⏎<A> And the patient's name?⏎<C> {pt}.
<A> Thank you for calling <insurer>, this is {stf.f}. How can I help?⏎<C> I have a question about <claimno>.
<A> <place>, {stf.f} speaking.⏎<C> «Hi, it's {pt.f}|Hello, {pt} here», is my <drug> ready?
<A> May I have your name, please?⏎<C> {pt}.
<A> Name and date of birth?⏎<C> {pt}, <dob>.
<A> Can you confirm the last four of your social?⏎<C> {ssn.last4}.
<A> Last four of the social, please?⏎<C> It's {ssn.last4}.
<A> And the social?⏎<C> {ssn}.
<A> What's the SSN on the account?⏎<C> {ssn.spoken}.
<C> my ssn is {ssn} do u need anything else⏎<A> Please don't send that in the chat. Your date of birth is enough.
<C> i cant find my <device> order⏎<A> Do you have the order number?⏎<C> {id.order}
<C> can i get my <drug> early⏎<A> Which pharmacy?⏎<C> <place>, {addr}
<A> So your claim is {id.claim#1}?⏎<C> {id.claim#1}, yes, it was for the <procedure>.
<A> Is {phone#1} still right?⏎<C> {phone#1}, yes.
<A> Your address is still {addr}?⏎<C> No, we moved <past>.
<A> What is your address?⏎<C> {addr}.
<A> And your e-mail?⏎<C> {email.pt}
<A> How old are you?⏎<C> {age.pred}.
<A> How old is the patient?⏎<C> {age.bare}.
<A> Are you married?⏎<C> No, {marital}.
<A> Marital status?⏎<C> {marital.field}.
<A> How do you describe your gender?⏎<C> {sex.id}
<A> Sex on the card?⏎<C> {sex.adj}.
<A> And your race or ethnicity, for the form?⏎<C> {race}.
"""
NEXT = """
<C> Can you take it from my bank?⏎<A> Yes, the IBAN please.⏎<C> {iban}
<A> I see {iban} on file.⏎<C> That account is closed.
<A> Is {card} still good?⏎<C> Yes.
<C> I get an error, {uuid}.⏎<A> Please try again at <time>.
<C> I was told to ask for {stf}.⏎<A> One moment.
<C> My <kin> {rel.f} has the papers.⏎<A> Then {rel.f} can bring them.
<A> And how old is {pt.f}?⏎<C> {age.bare}.
<A> May I have the ZIP?⏎<C> {addr.zip}.
<C> My wife is <n:30-70>, can she join?⏎<A> Yes, from <month>.
<A> Single dose or two?⏎<C> Single, please.
<A> Is the chair for a man or a woman?⏎<C> It's for the ward.
<A> What's the member number?⏎<C> {id.member}.
<A> And the card for the deductible?⏎<C> The Visa ending in <n:1000-9999>, same as in <month>.
<A> Which card shall I use?⏎<C> {card}.
<A> The security code?⏎<C> {id.cvv}.
<A> A number to call you back?⏎<C> «{phone}|{phone.spoken}|{phone.x}».
<A> Where should we send it?⏎<C> {addr}.
<A> Where should the refund go?⏎<C> To {iban}, please.
<A> Thank you, <Mr> {pt.l}, the <drug> shipment leaves on <day>.
<A> Thanks, {pt.f}. <title> {doc.l} will call you on <day>.
<A> Okay {pt.f}, ask for {stf.f} on {phone.x}.
<A> I have {id.mrn} as your chart number.⏎<C> That's right.
<A> Your ticket is {id.ticket}.⏎<C> Ok thanks
<A> Your confirmation is {id.booking}.
<C> Is there a fax?⏎<A> Yes, {phone}.
<C> Who is my doctor then?⏎<A> <title> {doc}.
<C> And the e-mail?⏎<A> {email.role}.
<C> The screen says {uuid}.⏎<A> Thanks, I'll look it up.
<C> i also have <symptom>⏎<A> Please call the nurse line.
<A> The copay is <amount>.⏎<C> ok
<A> Anything else?⏎<C> No, that's it.
<A> Your plan covers <cpt> once a year.
<A> If anyone has trouble breathing, hang up and dial 911.
<A> It's extension <n:100-999>, or press 0.
<C> How long does it take?⏎<A> About <n:2-10> days.
<C> My mother is <n:60-90>, does she need it too?⏎<A> She should ask her own doctor.
<A> The visit is on <date> at <time>, <room>.
"""
PLAIN_FIRST = """
<C> do you take <insurer>?⏎<A> Yes, we do.
<C> what time do you close on <day>⏎<A> At <time>.
<C> Is <drug> safe with <drug>?⏎<A> The pharmacist can tell you, please hold.
<C> how much is a <procedure> without insurance⏎<A> <amount>, billed as <cpt>.
<C> I need <form>.⏎<A> You'll find it at <url>.
<C> Do you have a female doctor?⏎<A> Yes, on <day> and <day>.
<C> the app logs me out⏎<A> Please update to version <n:2-9>.<n:0-9>.
"""
