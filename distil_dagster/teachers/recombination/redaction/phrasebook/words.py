"""Words that stay, and phrases that stand in several templates, by name; a phrase may hold further names and slots."""

from distil_dagster.teachers.recombination.redaction.lists import phrases

WORDS: dict[str, tuple[str, ...]] = {
    "drug": phrases(
        "metformin; lisinopril; atorvastatin; amlodipine; sertraline; levothyroxine; gabapentin; omeprazole; "
        "losartan; warfarin; apixaban; prednisone; albuterol; amoxicillin; insulin glargine; Ozempic; Humira; "
        "Eliquis; Jardiance; furosemide; metoprolol; citalopram; lamotrigine; methotrexate; tamoxifen; "
        "clopidogrel; pantoprazole; tramadol; doxycycline; naproxen; ibuprofen; montelukast; "
        "hydroxychloroquine; lithium; quetiapine; escitalopram; bupropion; Trulicity; Xarelto; Lantus; Keppra; "
        "Synthroid; cephalexin; spironolactone; rosuvastatin; buprenorphine; Entresto; valproate"
    ),
    "dose": phrases(
        "5 mg; 10 mg; 20 mg; 25 mg; 40 mg; 50 mg; 81 mg; 100 mg; 250 mg; 500 mg; 2.5 mg; 0.5 mg; 75 mg; 12.5 "
        "mg; 1 g; 88 mcg; 15 mg"
    ),
    "often": phrases(
        "daily; twice daily; at night; every 8 hours; BID; TID; once a day; every morning; weekly; as needed; "
        "with meals; q6h"
    ),
    "illness": phrases(
        "type 2 diabetes; asthma; COPD; hypertension; atrial fibrillation; migraine; Crohn's disease; "
        "Parkinson's disease; rheumatoid arthritis; heart failure; chronic kidney disease; hypothyroidism; "
        "Graves' disease; epilepsy; psoriasis; osteoporosis; sleep apnea; gout; Hashimoto thyroiditis; Raynaud "
        "phenomenon; multiple sclerosis; eczema; anemia; Bell's palsy; endometriosis; Ménière's disease; "
        "Hodgkin lymphoma; Alzheimer's disease; Cushing syndrome; gestational diabetes"
    ),
    "symptom": phrases(
        "chest pain; shortness of breath; a cough; dizziness; back pain; a rash on both arms; fever; abdominal "
        "pain; knee pain; blurred vision; palpitations; fatigue; nausea and vomiting; a swollen ankle; numbness "
        "in the left hand; headaches; trouble sleeping; a sore throat; night sweats; joint stiffness; hearing "
        "loss; low mood; weight loss; a painful shoulder; heartburn"
    ),
    "procedure": phrases(
        "colonoscopy; MRI; knee replacement; cataract surgery; CT scan; echocardiogram; sleep study; mammogram; "
        "hip replacement; biopsy; cardiac catheterization; endoscopy; hernia repair; ultrasound; physical "
        "therapy; root canal; DEXA scan; Mohs surgery; stress test; allergy testing; Holter monitor; "
        "tonsillectomy; skin graft; carpal tunnel release; Whipple procedure"
    ),
    "device": phrases(
        "insulin pump; CPAP machine; wheelchair; glucose monitor; pacemaker; nebulizer; blood pressure cuff; "
        "hearing aid; walker; oxygen concentrator; hospital bed; knee brace; breast pump; infusion pump; loop "
        "recorder; ventilator; feeding pump"
    ),
    "place": phrases(
        "Lakeview Clinic; St. Mary's Hospital; Jackson Memorial; Mercy General; the Mayo Clinic; Cedar Hill "
        "Pharmacy; Riverside Dental; Mount Sinai; Harbour Street Surgery; Oak Grove Urgent Care; the Lister "
        "clinic; Moss Bank Health Centre; Johns Hopkins; Walgreens; CVS; Northpeak Clinic; the Virginia Beach "
        "office; St. Jude; Kaiser Oakland; Addenbrooke's; Charing Cross Hospital; Austin Regional; Boots; "
        "Prince of Wales Hospital; Madison Family Practice; the Cleveland office; Quest; Labcorp"
    ),
    "insurer": phrases(
        "Aetna; Blue Cross; Cigna; UnitedHealthcare; Humana; Medicaid; Medicare; Meridian; Bupa; Kaiser; "
        "Anthem; Tricare; the plan; Ambetter; AXA"
    ),
    "city": phrases(
        "Fresno; Bangor; Leeds; Charlotte; Tucson; Houston; Virginia Beach; Madison; Jackson; Lincoln; Bristol; "
        "Paris; Manila; Toledo; Savannah; Sydney; Florence; Cardiff; Phoenix; Augusta"
    ),
    "dept": phrases(
        "cardiology; radiology; the lab; physical therapy; dermatology; pediatrics; oncology; the eye clinic; "
        "endocrinology; the wound clinic; the crisis team; neurology; urology; orthopedics; the memory clinic; "
        "infusion; the pain clinic; rheumatology; ENT; the front desk"
    ),
    "day": phrases(
        "Monday; Tuesday; Wednesday; Thursday; Friday; Saturday; Sunday; Monday morning; Friday afternoon; next "
        "Tuesday"
    ),
    "when": phrases(
        "in two weeks; in three months; in six weeks; next month; on <date>; on <day>; tomorrow; in ten days; "
        "at the end of <month>"
    ),
    "past": phrases(
        "yesterday; last week; on <date>; this morning; two days ago; last <day>; on <day>; in <month>; over "
        "the weekend; last month"
    ),
    "since": phrases(
        "since <day>; for two weeks; for three days; since <month>; for a month; since last night; for about a "
        "year; since the surgery"
    ),
    "month": phrases(
        "January; February; March; April; May; June; July; August; September; October; November; December"
    ),
    "result": phrases(
        "A1c <n:5-12>.<n:1-9>; potassium <n:3-5>.<n:1-9>; BP <n:102-188>/<n:58-104>; hemoglobin "
        "<n:7-15>.<n:1-9>; WBC <n:3-19>.<n:1-9>; TSH <n:1-9>.<n:1-9>; creatinine <n:1-3>.<n:1-9>; SpO2 "
        "<n:86-99>%; HR <n:52-128>; LDL <n:60-210>; INR <n:1-4>.<n:1-9>; ferritin <n:8-400>; temp 38.<n:1-9> "
        "°C; troponin 0.0<n:1-9>; PHQ-9 <n:3-24>; weight <n:48-130> kg; glucose <n:60-380>; eGFR <n:14-90>; "
        "MMSE <n:12-30>/30"
    ),
    "amount": phrases(
        "$<n:10-95>; $<n:100-980>.<n:10-99>; $<n:12-99>.<n:10-99>; $1,<n:100-999>.00; £<n:20-480>; €<n:30-900>; "
        "$<n:150-900>; $<n:2-9>,<n:100-999>"
    ),
    "job": phrases(
        "teacher; welder; bus driver; nurse; accountant; carpenter; student; farmer; cook; electrician; "
        "librarian; roofer; paralegal; postal worker"
    ),
    "language": phrases(
        "Spanish; Vietnamese; Arabic; Tigrinya; Polish; Mandarin; Haitian Creole; Somali; Portuguese; Punjabi; "
        "ASL; Korean; Ukrainian"
    ),
    "cpt": phrases(
        "CPT <n:10021-99499>; CPT code <n:20600-69990>; procedure code <n:70010-79999>; HCPCS E0<n:100-999>; "
        "CPT <n:90832-99215>"
    ),
    "icd": phrases(
        "ICD-10 E11.<n:1-9>; M54.<n:1-9>; ICD-10 I<n:10-50>.<n:0-9>; F<n:31-43>.<n:0-9>; code J45.<n:20-99>; dx "
        "code N18.<n:1-5>; G43.<n:101-909>"
    ),
    "ndc": phrases(
        "NDC 00<n:100-999>-<n:1000-9999>-<n:10-99>; NDC <n:10000-69999>-<n:100-999>-<n:10-99>; lot "
        "<n:1000-9999>B; lot FK<n:1000-9999>; Lot# <n:10000-99999>A"
    ),
    "form": phrases("form CMS-1500; form 3871; Form SSA-827; form W-9; a UB-04; form DWC-73; form HC-12; Form 1095-A"),
    "room": phrases(
        "Room <n:3-412>; bed <n:1-40>; Room <n:101-620>, bed <L>; bay <n:1-9>; Ward <n:2-9>B; Exam <n:1-12>; "
        "bed <n:2-30>A; OR <n:1-9>; Suite <n:100-480>"
    ),
    "L": phrases("A; B; C"),
    "url": phrases(
        "https://portal.example/login; www.lakeviewhealth.example; https://pay.example/bills; mychart.example; "
        "https://forms.example/intake; northpeak.example/refills"
    ),
    "staffrole": phrases(
        "the resident; the charge nurse; the social worker; the pharmacist; the night nurse; the dietitian; the "
        "hospitalist; our billing team; the intern; a case manager"
    ),
    "title": phrases("Dr.; Dr.; Dr.; Dr; Doctor"),
    "nurse": phrases("Nurse; nurse; RN; charge nurse; nurse practitioner; district nurse; LPN; night nurse"),
    "stafftitle": phrases(
        "nurse; social worker; case manager; interpreter; pharmacist; physical therapist; dietitian; care "
        "coordinator; chaplain; midwife; tech; resident"
    ),
    "degree": phrases("MD; RN; NP; PA-C; DO; PharmD; LCSW; PT; DDS; PhD"),
    "mrn": phrases(
        "MRN {id.mrn}; MRN: {id.mrn}; MRN# {id.mrn}; MRN #{id.mrn}; chart {id.mrn}; chart number {id.mrn}; "
        "chart no. {id.mrn}; med rec no. {id.mrn}; medical record number {id.mrn}; record {id.mrn}; patient ID "
        "{id.mrn}; hospital number {id.mrn}; NHS number {id.nhs}"
    ),
    "memberid": phrases(
        "member ID {id.member}; member ID is {id.member}; member number {id.member}; subscriber ID {id.member}; "
        "insurance ID {id.member}; policy number {id.policy}; policy {id.policy}; ID number {id.member}; member "
        "#{id.member}; Medicare number {id.medicare}"
    ),
    "claimno": phrases(
        "claim {id.claim}; claim number {id.claim}; claim no. {id.claim}; claim #{id.claim}; claim ID "
        "{id.claim}; Claim# {id.claim}; case {id.ticket}; case number {id.ticket}; reference {id.ticket}; "
        "appeal {id.claim}"
    ),
    "invoiceno": phrases(
        "invoice {id.invoice}; invoice number {id.invoice}; invoice #{id.invoice}; statement {id.invoice}; bill "
        "no. {id.invoice}; account {id.account}; account number {id.account}; acct # {id.account}; acct "
        "{id.account}; order {id.order}"
    ),
    "rxno": phrases(
        "Rx {id.rx}; Rx# {id.rx}; RX #{id.rx}; Rx number {id.rx}; prescription {id.rx}; prescription number "
        "{id.rx}; prescription no. {id.rx}; script {id.rx}; Rx: {id.rx}"
    ),
    "codeno": phrases(
        "order {id.order}; specimen {id.specimen}; accession {id.specimen}; referral {id.auth}; authorization "
        "{id.auth}; visit {id.visit}; encounter {id.visit}; booking code {id.booking}; confirmation "
        "{id.booking}; ticket {id.ticket}; file {id.file}; payment {id.payment}; transaction {id.payment}; "
        "request {uuid}; session {uuid}"
    ),
    "callat": phrases(
        "Call me at {phone}; You can reach me at {phone}; My number is {phone}; Please ring {phone}; Text me on "
        "{phone}; My cell is {phone}; Please call back on {phone}; Best number is {phone}; I'm at {phone.x} "
        "during the day; Call {phone.spoken}; my work line is {phone.x}"
    ),
    "bye": phrases(
        "Thanks; Thank you; Thanks so much; Best; Best wishes; Kind regards; Sincerely; Regards; Many thanks; "
        "Cheers; Respectfully; Yours sincerely; Warm regards; With thanks; Thx"
    ),
    "a_lodger": phrases(
        "a lodger; a cat; <his> sister; <his> parents; two roommates; a dog; <his> brother; a carer; friends in "
        "<city>"
    ),
    "sexage": phrases("{age.terse}; {age.sex}; {age.sex}; {age.terse} {sex.adj}"),
}  # fmt: skip
