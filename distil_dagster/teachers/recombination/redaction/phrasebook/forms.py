"""Forms with one field a line: titles, fields in their order, and lines with several fields."""

TITLES = """
NEW PATIENT
PATIENT SNAPSHOT
AUTHORIZATION REQUEST
INTAKE FORM
Registration
REFERRAL
PATIENT INFORMATION
Claim form
Insurance verification
EMERGENCY CONTACT
Pre-op checklist
DEMOGRAPHICS
Transport request
LAB REQUISITION
Prior auth request
"""

IDENTITY = """
«Name|Patient|Patient name|Full name|Pt|NAME|Member»: «{pt}|{pt.lf}|{pt.lf}|{pt.mi}|{pt.upper}»
«Patient|Name|Member»: {pt}
«Last name|Surname»: {pt.l}⏎«First name|Given name»: {pt.f}
Preferred name: {pt.nick}
{pt} | {race} | {sex.adj} | {age.field}
{pt} | {age.field} | {sex.letter} | DOB <dob>
{pt.lf} / {sex.letter} / {age.field} / <mrn>
Patient: {pt}, {age.adj} {sex.noun}
«MRN|MRN#|Chart no.|Medical record no.|Hospital no.|Patient ID»: {id.mrn}
NHS no.: {id.nhs}
«Guarantor|Subscriber|Policyholder|Responsible party»: «{rel}|{rel.lf}»
"""

TRAITS = """
«Age|AGE|Patient age»: {age.field}
DOB: <dob> ({age.num})
DOB <dob>   Age {age.field}
«Date of birth|DOB»: <dob>
«Sex|Gender|SEX|Sex at birth|Gender identity»: {sex.field}
Sex: {sex.field}   Race: {race.field}
Age/Sex: {age.sex}
Age: {age.field}  Sex: {sex.field}
«Race|Ethnicity|Race/ethnicity|Race / Ethnicity|RACE»: {race.field}
«Marital status|Marital Status|MARITAL STATUS|Status»: {marital.field}
Race: {race.field}, marital status: {marital.field}
Citizenship: «US|Canadian|British|Mexican»
«Language|Preferred language»: <language>
Religion: «Catholic|none|Muslim|Hindu|Jewish»
"""

CONTACT = """
«Phone|Tel|Mobile|Cell|Home phone|Phone (home)|Telephone|Cell phone|Work phone»: {phone}
Phone: «{phone}|{phone.x}»
Fax: {phone}
«Pager|Beeper»: {phone}
«Email|E-mail|E-mail address»: {email.pt}
«Address|Home|Home address|Mailing address|Street address»: {addr}
«Address|Mailing address»: {addr.lines}
«Ship to|Deliver to»: {addr}
«ZIP|Zip code|Postcode»: {addr.zip}
«Emergency contact|Next of kin|In case of emergency|ICE»: {rel} (<kin>), {phone}
«Emergency contact|Next of kin»: {rel}, <kin>⏎Phone: {phone}
Relationship to patient: <kin>
Contact: {stf.f} at «{phone}|{phone.x}»
«Employer|Works at»: «Delta Freight|Mesa Foods|self|Lincoln High School|Harris County|retired»
"""

CODES = """
«SSN|Social Security no.|SS#|Social»: {ssn}
«SSN|SSN (last 4)|Last 4 of SSN»: «{ssn.last4}|{ssn.masked}»
«Member ID|Subscriber ID|Insurance ID|ID no.|Policy no.»: {id.member}
Group «no.|number|#»: {id.group}
«Insurance|Plan|Payer»: <insurer>, «member|ID|policy» {id.member}
Claim «no.|number|#»: {id.claim}
«Authorization|Auth no.|Referral no.»: {id.auth}
«Order|Order no.»: {id.order}
«Specimen|Accession no.|Sample ID»: {id.specimen}
«Driver's license|License no.|DL»: {id.licence}
«Passport|Passport no.»: {id.passport}
«NPI|Provider ID|NPI no.»: {id.provider}
«Serial no.|Device serial|S/N»: {id.serial}
«Subject ID|Study subject»: {id.subject}
«Card|Card no.|Credit card»: {card}
Card: {card} exp <n:1-9>/<n:27-31> CVV {id.cvv}
IBAN: {iban}
«Account holder|Name on account»: {pt}
«Request ID|Session|Record UUID|Token»: {uuid}
«User name|Login|Portal user»: {id.user}
Lic. plate: {id.plate}
"""

REASONS = """
«Reason for visit|Reason|Chief complaint|CC|Complaint»: <symptom> <since>
«Dx|Diagnosis|Diagnoses»: <illness>, <icd>
«Requested|Procedure|Service»: <procedure>, <cpt>
Meds: <drug> <dose> <often>
Allergies: «none|penicillin|sulfa|peanuts|NKDA»
«Pharmacy|Preferred pharmacy»: <place>, {phone}
«Pharmacy|Preferred pharmacy»: «<place>|none»
«PCP|Referring provider|Physician|Ordered by|Attending»: <title> {doc}
«PCP|Referring provider|Ordering physician»: {doc}, <degree>
Nurse: {nur.init}
Room: <n:1-40><L>
Plan: «Gold 80 PPO|HMO Basic|Silver 70|Part D», RxBIN 0<n:10000-99999>
«Date of service|Date|Admit date»: <date>
Copay: <amount>
Marital status (circle one): single / married / divorced / widowed
Sex (M/F): ____
Signature: {pt}
Completed by: {stf}, <stafftitle>
Vaccine: influenza, <ndc>
«Vitals|Labs»: <result>, <result>
Notes: «wheelchair user|hard of hearing|needs interpreter|lives on Canal Street|prefers mornings»
"""
