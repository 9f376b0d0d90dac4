"""Healthcare."""

HEALTH = """
patient/patients; person
  name,full_name,patient_name label: name | @person
  date_of_birth,birth_date,born_on day?: date of birth, birth date | born
  sex,gender cat?: sex, gender | female, male | as: {} *
  blood_type,blood_group cat?: blood type, blood group | A+, A-, B+, O+, O-, AB-
  insured,has_insurance,is_insured flag?: insured, uninsured
  city,town cat?: city | @city | as: from {}
  weight_kg,weight measure? 40-140: weight | heaviest, lightest
  insurer,insurance_company cat?: insurer | Medica, CarePlus, HealthOne, Sana | as: insured with {}
  phone,phone_number code?: phone number | 555-0101, 555-0144, 555-0199 | none: without a phone number
appointment/appointments, consultation/consultations, visit/visits; < patient, doctor, clinic; of
  physician,attending,seen_by label: physician | @surname
  scheduled_at,starts_at,visit_time moment: time, scheduled time | scheduled; booked
  outcome,result cat?: outcome, result | treated, referred, no show, follow-up | none: without an outcome
  fee,charge money? 20-400: fee, charge | highest, lowest
  reason,complaint text?: reason, complaint | headache, cough, check-up, back pain, rash | none: without a reason
  duration_min,minutes count 5-90: duration, minutes | longest, shortest
  cancelled,is_cancelled flag: cancelled, kept
doctor/doctors, physician/physicians; person; < clinic, ward, hospital; at
  name,doctor_name,full_name label: name | @person
  specialty,speciality,field cat: specialty | cardiology, neurology, surgery, oncology, paediatrics | as: working in {}
  licence_no,licence_number code: licence number | L-4410, L-2093, L-7781
  hired_on,joined_on day: hire date | hired
  years_practising,experience_years count 0-40: years of practice, experience | most, fewest
  consultation_fee,hourly_fee price? 50-400: consultation fee | highest, lowest
  on_call,is_on_call flag: on-call, off-call
clinic/clinics, hospital/hospitals, practice/practices
  name,clinic_name label: name | St Anne, Riverside Clinic, Hilltop Centre, Medica West
  city,location cat: city | @city | as: in {}
  beds,bed_count count 0-900: beds | most, fewest
  founded_year,opened_year year: founding year
  rating,quality_rating score? 1-5: rating | best, worst
  has_emergency,emergency_room flag: with an emergency room, without an emergency room
  annual_budget money? 200000-90000000: annual budget | largest, smallest
ward/wards, hospital unit/hospital units; < hospital; in
  ward_name,name label: name | Cardiology, Maternity, Intensive Care, Surgery, Paediatrics
  floor,floor_no score? 0-9: floor
  bed_count,beds count 4-60: beds, bed count | most, fewest
  head_nurse,sister_in_charge label?: head nurse | @surname | none: without a head nurse
  phone_ext,extension code?: extension | 1101, 1140, 2203, 3307
  isolation,is_isolation flag: isolation, general
  renovated_on day?: renovation date | renovated | none: never renovated
admission/admissions, stay/stays; < ward, patient; to
  patient_name,patient label: patient name | @person
  diagnosis,main_diagnosis cat?: diagnosis | pneumonia, fracture, appendicitis, asthma, stroke | as: for {}
  admitted_on,admission_date day: admission date | made
  discharged_on,discharge_date day?: discharge date | ended | none: not ended yet
  daily_rate,daily_cost price 80-900: daily rate, daily cost | highest, lowest
  severity,severity_level score 1-5: severity | highest, lowest
  emergency,is_emergency flag: emergency, planned
  = days admitted_on discharged_on: length of stay
medicine/medicines, drug/drugs
  brand_name,name label: brand name, name | Doloxan, Cardivil, Neurom, Hepatil, Respira
  substance,active_substance cat: substance | ibuprofen, metformin, amoxicillin, insulin | as: with the substance {}
  price_per_pack,pack_price price? 2-300: price per pack | most expensive, cheapest
  manufacturer,producer cat: manufacturer, producer | Bayern Pharma, Novex, Medisol, Halden | as: made by {}
  dosage_mg,strength_mg count 5-1000: dosage, strength | strongest, weakest
  approved_on,licensed_on day?: approval date | approved
  prescription_only,needs_prescription flag?: prescription-only, over-the-counter
prescription/prescriptions, script/scripts; < medicine, patient, doctor; for
  prescriber,written_by label: prescriber | @surname
  issued_on,issue_date,written_on day?: issue date | issued; written
  packs,pack_count,quantity count 1-12: packs, quantity | most, fewest
  refills,refills_left count 0-6: refills | most, fewest
  instructions,notes text?: instructions | with food, twice daily, before sleep, as needed | none: without instructions
  collected,is_collected flag: collected, uncollected
  expires_on,valid_until day: expiry date | expiring
lab test/lab tests, measurement/measurements, blood test/blood tests; < patient; of
  patient_code,sample_code code: patient code, sample code | P-301, P-412, P-977, P-128
  analyte,marker cat: analyte, marker | glucose, iron, sodium, cholesterol, creatinine
  value,measured_value measure? 0.5-300: value | highest, lowest
  unit,measured_in cat?: unit | mg, mmol, ug | as: measured in {}
  taken_on,sample_date day: sample date | taken
  technician,analysed_by label?: technician | @surname | none: without a technician
  urgent,is_urgent flag: urgent, routine
vaccination/vaccinations, immunisation/immunisations; < patient, clinic; of
  person,recipient,given_to label: person, recipient | @person
  vaccine,vaccine_name cat: vaccine | Tetanus, HepB, MMR, Influenza, Polio | as: against {}
  dose_no,dose_number score 1-4: dose number
  given_on,vaccinated_on day: vaccination date | given
  batch,batch_no code?: batch, batch number | B-19, B-204, X-77, K-3
  adverse_event,reaction text?: adverse event, reaction | fever, swelling, rash | none: without an adverse event
  price,cost price? 5-150: price, cost | highest, lowest
  booster,is_booster flag: booster, primary
operation/operations, surgery/surgeries; < patient, doctor, hospital; of
  procedure_name,procedure label: procedure | Hip Replacement, Bypass, Cataract, Hernia Repair
  surgeon,lead_surgeon label: surgeon | @surname
  started_at,begins_at moment: start time | started
  duration_min,minutes count 15-600: duration in minutes | longest, shortest
  theatre,operating_room code: theatre, operating room | OR-1, OR-2, OR-5
  cost,total_cost money? 500-60000: cost, total cost | highest, lowest
  complications,complication text?: complications | bleeding, infection, none seen, delay | none: without complications
  elective,is_elective flag: elective, emergency
insurance claim/insurance claims, claim/claims; < patient, policy; of
  claim_no,reference code: claim number | CL-100, CL-231, CL-480
  claimed_amount,amount money 30-20000: claimed amount, amount | largest, smallest
  paid_amount,reimbursed money? 10-15000: paid amount, reimbursed amount | largest, smallest
  filed_on,submitted_on day: filing date | filed; submitted
  decided_on,settled_on day?: decision date | decided | none: not decided yet
  status,state cat: status | open, accepted, denied, appealed | as: {} *
  fraud_flag,suspicious flag: suspicious, unsuspicious
  = days filed_on decided_on: days until the decision
"""
