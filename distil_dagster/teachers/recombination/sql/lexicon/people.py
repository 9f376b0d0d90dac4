"""Personnel and education."""

PERSONNEL = """
department/departments, division/divisions, unit/units
  dept_name,name,department_name,unit_name label: name | Sales, Legal, Finance, Logistics, Research, Marketing, Support
  location,city,site cat?: location, site | @city | as: in {}; as: located in {}
  annual_budget,budget money? 50000-2000000: budget | largest, smallest
  head,head_name,manager_name label?: head | @person | none: without a head
  founded_on,created_on day?: founding date | founded; created
  floor,floor_no score? 0-12: floor
  cost_centre,cost_code code: cost centre | CC-10, CC-22, CC-31, CC-47
employee/employees, worker/workers, staff member/staff members=staff; person; < department, store; in; self manager
  first_name,given_name label: first name | @first
  last_name,surname,family_name label: last name, surname | @surname
  job_title,position,role cat: job title, position | Analyst, Engineer, Accountant, Clerk, Designer, Technician
  salary,monthly_salary,annual_salary,wage money 1500-120000: salary | highest, lowest
  hire_date,hired_on,joined_on day: hire date | hired
  left_on,exit_date,termination_date day?: exit date | who left | none: still employed
  is_active,active flag: active, inactive
  age score? 18-66: age | oldest, youngest
  email,work_email code?: email | @email
office/offices, site/sites
  name,office_name label: name | Riverside House, Tower One, Old Mill, Park Place
  city cat: city | @city | as: in {}
  country cat: country | @country | as: in {}
  capacity,desks count 10-800: capacity, desks | largest, smallest
  monthly_rent,rent money? 900-60000: rent, monthly rent | highest, lowest
  leased_until,lease_end day?: lease end
  has_parking,parking flag: with parking, without parking
project/projects, initiative/initiatives; < department, client; of
  title,name,project_name label: title | Apollo, Greenline, Website Relaunch, Data Vault, Harvest
  budget,planned_cost money 2000-500000: budget | largest, smallest
  start_date,started_on day: start date | started
  end_date,finished_on,completed_on day?: end date, completion date | completed | none: not finished yet
  status,phase cat: status, phase | planned, running, paused, closed | as: {} *
  priority,urgency score 1-5: priority | highest, lowest
  is_internal,internal flag: internal, external
  = days start_date end_date: days of duration
timesheet/timesheets, work log/work logs, time entry/time entries; < project, employee; for
  worker,person,logged_by label: worker | @surname
  hours,hours_worked measure+ 0.5-12: hours | most, fewest
  work_date,worked_on,logged_on day: work date | logged
  task,activity cat: task, activity | coding, testing, meeting, design, travel
  hourly_rate,rate price 20-180: hourly rate | highest, lowest
  billable,is_billable flag: billable, non-billable
  note,remark text?: note | overtime, on site, urgent, remote, client call | none: without a note
  = product hours hourly_rate: cost
vacancy/vacancies, job opening/job openings, position/positions; < department, office, company; in
  job_title,title label: job title, title | Data Engineer, Office Manager, Nurse, Sales Engineer, Legal Clerk
  salary_max,top_salary money? 20000-150000: top salary | highest, lowest
  opened_on,posted_on,published_on day: opening date, posting date | posted; opened
  closed_on,filled_on,closing_date day?: closing date | closed | none: still open
  contract,contract_type cat: contract type | permanent, temporary, internship, freelance | as: {} *
  remote_ok,is_remote,remote flag: remote, on-site
  = days opened_on closed_on: days open
applicant/applicants, candidate/candidates; person; < vacancy; for
  name,full_name,candidate_name label: name | @person
  source,channel cat?: source, channel | referral, linkedin, agency, website, job fair | as: coming through {}
  score,interview_score score? 0-100: score, interview score | highest, lowest
  applied_on,application_date day: application date | who applied
  stage,status cat: stage | screening, interview, offer, hired, rejected | as: in the {} stage
  years_experience,experience_years count? 0-30: years of experience | most, fewest
  has_degree,graduate flag: with a degree, without a degree
leave request/leave requests, absence/absences; < employee; of
  staff_name,employee_name,requested_by label: staff name, employee name | @person
  leave_type,kind cat: leave type, kind | annual, sick, parental, unpaid, study
  start_date,first_day,from_date day: start date, first day | starting
  end_date,last_day,to_date day: end date, last day | ending
  status cat: status | pending, approved, rejected, withdrawn | as: {} *
  reason text?: reason | wedding, moving, family, surgery, holiday | none: without a reason
  paid,is_paid flag: paid, unpaid
  = days start_date end_date: length in days
training/trainings, workshop/workshops
  topic,title label: topic | First Aid, Negotiation, Excel, Leadership, Data Privacy
  trainer,instructor label?: trainer, instructor | @surname | none: without a trainer
  held_on,training_date,session_date day: date | held
  duration_hours,hours measure+ 1-40: duration in hours | longest, shortest
  seats,max_seats count 5-60: seats | most, fewest
  price,cost_per_head price? 40-1500: price, cost per head | most expensive, cheapest
  mandatory,is_mandatory flag: mandatory, optional
  format cat: format | online, classroom, hybrid | as: {} *
attendance/attendances, registration/registrations, booking/bookings; < training, event, tour; for
  attendee,participant,guest_name label: attendee, participant | @person
  company,organisation cat?: company, organisation | @company | as: from {}
  registered_on,booked_on day: registration date, booking date | registered; made
  fee_paid,amount_paid money? 10-900: fee paid, amount paid | highest, lowest
  score,test_score score? 0-100: test score, score | highest, lowest
  no_show,missed flag: missed, attended
  seat_no code: seat number | A1, B4, C12, D7
payslip/payslips, salary slip/salary slips; < employee; of
  employee_no,staff_no code: employee number | E-1042, E-2210, E-0871, E-3005
  pay_month,period code: pay month | @month
  gross,gross_pay money 1200-12000: gross pay | highest, lowest
  tax,tax_withheld money 100-4000: tax | highest, lowest
  bonus,bonus_pay money? 50-5000: bonus | highest, lowest
  paid_on,payment_date day?: payment date | paid | none: not paid yet
  currency cat: currency | EUR, USD, GBP, NOK | as: in {}
  = difference gross tax: net pay
appraisal/appraisals, evaluation/evaluations; < employee, staff member, teacher; of
  reviewer,evaluator label: reviewer, evaluator | @surname
  year,appraisal_year year: year
  rating,score score 1-5: rating, score | best, worst
  comments,remarks text?: comments | promotion, punctual, teamwork, improve, excellent | none: without comments
  held_on,meeting_date day: meeting date | held
  signed,is_signed flag: signed, unsigned
"""

EDUCATION = """
student/students, pupil/pupils, learner/learners; person
  name,full_name,student_name label: name | @person
  birth_date,date_of_birth,born_on day?: birth date, date of birth | born
  major,field_of_study,programme cat?: major, field of study | Biology, Computer Science, History, Law, Physics
  gpa,grade_average measure? 1-4: GPA, grade average | best, worst
  enrolled_year,entry_year year: enrolment year, entry year
  credits_earned,credits count 0-240: credits earned, credits | most, fewest
  has_scholarship,scholarship flag: with a scholarship, without a scholarship
  hometown,city cat?: hometown, city | @city | as: from {}
course/courses, module/modules, class/classes; < teacher, faculty, department; taught|offered
  title,course_title,name label: title | Algebra, Genetics, Modern Poetry, Statistics, World History, Databases
  credits,credit_points count 1-12: credits, credit points | most, fewest
  department,subject_area cat?: department, subject area | History, Chemistry, Law, Music | as: in the {} department
  semester,term cat?: semester, term | spring, autumn, winter, summer | as: held in {}
  max_students,capacity count 10-300: capacity | largest, smallest
  level cat: level | beginner, intermediate, advanced | as: {} *
  starts_on,first_session day?: start date | starting
  online,is_online flag: online, on-campus
enrolment/enrolments, registration/registrations; < course, student; in
  student_no,participant_no code: student number, participant number | S-1001, S-2044, S-3190, S-4410
  grade,final_grade measure? 1-6: grade | best, worst
  enrolled_on,registered_on day?: enrolment date, registration date | made
  status cat: status | active, completed, dropped, waiting | as: {} *
  attempts,attempt_count count 1-4: attempts | most, fewest
  fee_paid,paid flag: paid, unpaid
teacher/teachers, lecturer/lecturers, instructor/instructors; person
  surname,last_name,name label: surname, name | @surname
  subject,specialty cat: subject | Physics, Art, Geography, Maths, Music, Latin | as: teaching {}
  started_on,hired_on,start_date day?: start date | who started
  weekly_hours,hours_per_week count 4-30: weekly hours | most, fewest
  room,office_room code?: room | B12, C3, A201, D14 | none: without a room
  full_time,is_full_time flag: full-time, part-time
  salary money? 2000-7000: salary | highest, lowest
lesson/lessons, session/sessions; < teacher, course; given|taught
  class_name,group_name label: class name, group name | 7A, 7B, 8C, 9A, 10B
  weekday,day_of_week cat: weekday | @weekday | as: on {}
  minutes,duration_min count 20-180: minutes, duration | longest, shortest
  room,classroom code?: room, classroom | B12, C3, A201, Lab 2 | none: without a room
  topic,theme text?: topic | optics, revision, grammar, verbs, project | none: without a topic
  held_on,lesson_date day: date | held
  cancelled,is_cancelled flag: cancelled, regular
exam/exams, test/tests, quiz/quizzes; < course; in
  subject,title label: subject | Maths, Biology, German, Physics, History, Economics
  exam_date,held_on,written_on day: exam date, date | held; written
  max_points,points_available count 10-120: maximum points | most, fewest
  room,hall code?: room, hall | H1, H2, Aula, Lab 4 | none: without a room
  duration_min,minutes count 30-240: duration in minutes | longest, shortest
  mode,exam_type cat: mode | written, oral, practical | as: {} *
  retake,is_retake flag: repeat, first-sitting
result/results, submission/submissions; < exam, assignment; for
  pupil,student_name,candidate label: pupil, student name, candidate | @person
  points,score score? 0-100: points, score | most, fewest
  handed_in_at,submitted_at moment: submission time | handed in; submitted
  marker,graded_by label?: marker | @surname | none: without a marker
  grade,mark cat?: grade, mark | A, B, C, D, F
  absent,was_absent flag: missed, attended
  feedback,remarks text?: feedback | well done, incomplete, plagiarism, late, creative | none: without feedback
assignment/assignments, homework task/homework tasks; < course, teacher; for
  title,name label: title | Essay 1, Lab Report, Sorting Task, Map Sketch, Reading Log
  due_on,deadline,due_date day: due date, deadline | due
  max_points,points count 5-100: maximum points | most, fewest
  kind,type cat: kind, type | essay, quiz, project, presentation
  published_at,released_at moment?: release time | published; released
  group_work,is_group flag: group, individual
book/books
  title,book_title label: title | The Quiet Sea, Iron Roads, A Short Walk, Glass Garden, Night Ferry
  author,author_name label: author | @person
  genre,category cat?: genre, category | crime, poetry, travel, fantasy, science | as: in the genre {}
  published_year,publication_year year: publication year
  pages,page_count count 60-900: pages, page count | most, fewest
  copies,copies_owned count 1-30: copies | most, fewest
  language cat: language | English, Spanish, Arabic, Hindi, French | as: in {}
  reference_only,is_reference flag: reference, lendable
loan/loans, checkout/checkouts; < book, library member; of
  borrower,borrower_name label: borrower | @person
  loaned_on,loan_date,borrowed_on day: loan date | made
  due_on,due_date,due_back day: due date | due
  returned_on,return_date day?: return date | returned | none: not returned yet
  fine,late_fee money? 1-60: fine, late fee | highest, lowest
  renewals,times_renewed count 0-5: renewals | most, fewest
  lost,is_lost flag: lost, unlost
  = days loaned_on returned_on: length in days
  = later returned_on due_on: returned late
"""
