"""Finance."""

FINANCE = """
account/accounts, bank account/bank accounts; < bank customer, branch; of
  holder,owner,holder_name label: holder, owner | @person
  account_type,kind cat: account type, kind | checking, savings, business, youth | as: {} *
  balance,current_balance money -500-60000: balance | highest, lowest
  opened_on,opening_date day?: opening date | opened
  closed_on,closing_date day?: closing date | closed | none: not closed yet
  overdraft_limit,credit_limit money? 100-9000: overdraft limit, credit limit | highest, lowest
  currency cat: currency | EUR, USD, GBP, CHF | as: in {}
  frozen,is_frozen flag?: frozen, usable
transaction/transactions, booking/bookings, payment/payments; < account, card; on
  amount,value money 1-5000: amount | largest, smallest
  kind,txn_type,type cat: kind, type | deposit, withdrawal, transfer, fee, interest
  booked_at,created_at,posted_at moment: booking time | booked
  memo,reference_text,description text?: memo, description | ATM, rent, groceries, salary, gym | none: without a memo
  counterparty,payee label?: counterparty, payee | @company | none: without a counterparty
  fee,charge money? 0-25: fee, charge | highest, lowest
  reversed,is_reversed flag: reversed, final
loan/loans, mortgage/mortgages; < bank customer, branch; of
  borrower_name,borrower label: borrower name, borrower | @person
  principal,loan_amount money 1000-400000: principal, loan amount | largest, smallest
  annual_rate,interest_rate measure 1-12: annual rate, interest rate | highest, lowest
  term_months,months score 6-360: term in months | longest, shortest
  start_date,granted_on day: start date | granted
  repaid_on,paid_off_on day?: repayment date | repaid | none: not repaid yet
  purpose cat: purpose | car, home, study, business | as: for the purpose {}
  defaulted,in_default flag: defaulted, performing
instalment/instalments, repayment/repayments; < loan; of
  due_on,due_date day: due date | due
  paid_on,payment_date day?: payment date | paid | none: not paid yet
  amount,amount_due money 20-4000: amount | largest, smallest
  interest_part,interest money? 1-900: interest part, interest | largest, smallest
  late_fee,penalty money? 5-80: late fee, penalty | highest, lowest
  method,channel cat: method, channel | debit, transfer, cash, cheque | as: paid by {}
  reminded,reminder_sent flag: reminded, unreminded
  = days due_on paid_on: days of delay
  = later paid_on due_on: paid late
bank customer/bank customers, account holder/account holders; person
  name,full_name label: name | @person
  segment,customer_segment cat: segment | retail, private, corporate, student | as: in the {} segment
  city,residence cat?: city, residence | @city | as: from {}
  birth_date,date_of_birth day?: birth date | born
  annual_income,income money? 9000-200000: annual income, income | highest, lowest
  credit_score,risk_score score? 300-850: credit score, risk score | highest, lowest
  joined_on,customer_since day: joining date | who joined
  online_banking,uses_app flag: with online banking, without online banking
card/cards, credit card/credit cards; < account, bank customer; of
  card_number,last_digits code: card number, last digits | 4401, 7719, 1020, 8853
  network,brand cat: network, brand | Visa, Mastercard, Amex, Maestro | as: from {}
  card_limit,monthly_limit money 200-20000: limit, monthly limit | highest, lowest
  issued_on,issue_date day: issue date | issued
  expires_on,valid_until day: expiry date | expiring
  annual_fee,yearly_fee price? 10-300: annual fee, yearly fee | highest, lowest
  blocked,is_blocked flag: blocked, unblocked
invoice/invoices, bill/bills; < supplier, client, customer; from
  invoice_no,reference,bill_number code: invoice number, reference | INV-100, INV-207, INV-333, INV-512
  issued_on,invoice_date,issued day: issue date, invoice date | issued
  due_on,due_date,due day: due date | due
  paid_on,payment_date day?: payment date | paid | none: not paid yet
  net,net_amount money 30-20000: net amount | largest, smallest
  vat,vat_amount money 3-4000: VAT, VAT amount | largest, smallest
  category,expense_type cat: category | services, goods, rent, travel, licences | as: in the category {}
  disputed,is_disputed flag: disputed, undisputed
  = sum net vat: gross amount
  = days issued_on paid_on: days until payment
  = later paid_on due_on: paid late
budget/budgets, cost plan/cost plans
  cost_centre,centre label: cost centre | Marketing, Fleet, Research, Canteen, Events
  fiscal_year,year year: fiscal year
  planned,planned_amount,budgeted money 1000-500000: planned amount, budgeted amount | largest, smallest
  owner,responsible label?: owner, responsible person | @surname | none: without an owner
  approved_on,approval_date day?: approval date | approved | none: not approved yet
  currency cat: currency | EUR, USD, GBP, CHF | as: in {}
  locked,is_locked flag: locked, unlocked
expense/expenses, cost item/cost items, claim/claims; < budget, department, project, employee; of
  vendor,paid_to label?: vendor | @company | none: without a vendor
  amount,cost money 3-8000: amount, cost | largest, smallest
  spent_on,expense_date day: spending date, date | incurred
  category,expense_type cat: category, expense type | travel, meals, software, rent, fuel | as: in the category {}
  receipt_no,receipt code?: receipt number | R-10, R-55, R-301 | none: without a receipt
  submitted_at,entered_at moment: submission time | submitted; entered
  reimbursed,is_reimbursed flag: reimbursed, unreimbursed
share price/share prices, quote/quotes; < share, fund; of
  exchange,market cat: exchange, market | NYSE, LSE, XETRA, TSX | as: on the exchange {}
  trade_date,quoted_on day: trade date | recorded
  opening,open_price price? 5-600: opening price | highest, lowest
  closing,close_price price 5-600: closing price | highest, lowest
  volume,traded_volume count 100-900000: volume | largest, smallest
  analyst,reported_by label?: analyst | @surname | none: without an analyst
  adjusted,is_adjusted flag: adjusted, unadjusted
  = difference closing opening: change of the day
  = above closing opening: whose closing price is above the opening price
share/shares, stock/stocks, fund/funds
  ticker,symbol code: ticker, symbol | NVO, ABX, LUX, KRA, TEL
  company,issuer label: company, issuer | @company
  sector,industry cat: sector, industry | energy, health, retail, software, mining | as: in the {} sector
  country,listed_in cat: country | @country | as: from {}
  dividend_yield,yield measure? 0-9: dividend yield, yield | highest, lowest
  market_cap,market_value money 100-90000: market value | largest, smallest
  listed_on,ipo_date day: listing date | listed
  sustainable,esg flag: sustainable, unsustainable
trade/trades, share order/share orders; < share, fund, account; in
  trader,ordered_by label: trader | @surname
  side,direction cat: side, direction | buy, sell, short
  shares_count,quantity,units count 1-5000: quantity, units | largest, smallest
  price,price_per_share price 2-600: price, price per share | highest, lowest
  traded_at,executed_at moment: trading time, execution time | executed
  commission,fee money? 1-90: commission, fee | highest, lowest
  settled,is_settled flag: settled, unsettled
  = product shares_count price: value, trade value
policy/policies, insurance contract/insurance contracts; < bank customer, insurer; of
  policy_no,contract_no code: policy number, contract number | PL-11, PL-340, PL-782
  product,insurance_type cat: insurance type | home, car, life, travel, liability | as: {} *
  premium,monthly_premium money 5-900: premium, monthly premium | highest, lowest
  sum_insured,coverage money? 1000-900000: sum insured, coverage | largest, smallest
  valid_from,start_date day: start date | starting
  cancelled_on,terminated_on day?: cancellation date | cancelled | none: not cancelled yet
  agent,sold_by label?: agent | @surname | none: without an agent
  auto_renew,renewable flag: renewable, non-renewable
"""
