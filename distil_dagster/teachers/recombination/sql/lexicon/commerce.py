"""Shops, orders, deliveries."""

COMMERCE = """
customer/customers, client/clients, buyer/buyers, shopper/shoppers; person
  full_name,name,customer_name,client_name label: name | @person
  email,email_address,contact_email code?: email address, email | @email
  city,home_city,town cat?: city | @city | as: from {}; as: living in {}
  country cat?: country | @country | as: from {}
  signup_date,registered_on,member_since day?: signup date, registration date | who signed up; who registered
  is_vip,vip flag?: VIP, non-VIP
  loyalty_points,points count 0-5000: loyalty points, points | most, fewest
  newsletter,wants_newsletter flag: subscribed to the newsletter, not subscribed to the newsletter
order/orders, purchase/purchases, sale/sales; < customer; placed|made
  order_date,placed_on,ordered_on,purchase_date day: order date, purchase date | placed; made
  status,order_status,state cat: status | pending, shipped, delivered, cancelled, returned | as: {} *
  total_amount,total,amount,order_total money 10-900: total amount, total, amount | largest, smallest
  shipping_fee,delivery_fee,shipping_cost money? 0-40: shipping fee, delivery fee | highest, lowest
  payment_method,paid_with cat?: payment method | card, paypal, invoice, cash, voucher | as: paid by {}
  coupon_code,coupon code?: coupon code | SPRING10, WELCOME5, FREESHIP, VIP20, BLACKFRI | none: without a coupon code
  gift,is_gift flag: gift-wrapped, unwrapped
  shipped_on,ship_date day?: shipping date | shipped | none: not shipped yet
  = days order_date shipped_on: days until shipping
product/products, item/items, article/articles
  name,title,product_name,item_name label: name | Desk Lamp, Trail Boots, Espresso Cup, Yoga Mat, Rain Jacket, Oak Shelf
  category,product_group,department cat: category, product group | Garden, Toys, Kitchen | as: in the {} category
  price,list_price,unit_price,retail_price price 2-400: price, list price | most expensive, cheapest
  stock,stock_qty,units_in_stock,quantity_on_hand count 0-300: stock, units in stock | highest, lowest
  brand,manufacturer cat?: brand, manufacturer | Nordal, Kiva, Brightline, Solano, Umbra, Tekko | as: made by {}
  weight_kg,weight measure? 0.1-40: weight | heaviest, lightest
  added_on,launched_on,launch_date day?: launch date | added; launched
  discontinued,is_discontinued flag: discontinued, available
review/reviews, rating/ratings; < product, course, book, video; of
  reviewer,reviewer_name,author label: reviewer | @handle
  stars,rating,score score 1-5: stars, rating, score | highest, lowest
  body,review_text,comment text?: text | broken, excellent, refund, too small, love it | none: without a text
  posted_on,reviewed_on,review_date day?: review date | posted; written
  helpful_votes,upvotes count 0-200: helpful votes, upvotes | most, fewest
  verified,verified_purchase flag: verified, unverified
order line/order lines, basket item/basket items, cart entry/cart entries; < order, basket; in
  sku,article_no,product_code code: SKU, product code | SKU-104, SKU-220, BX-77, TR-9, KL-300
  quantity,qty,units count 1-40: quantity, units | largest, smallest
  unit_price,price_each price 1-250: unit price | highest, lowest
  discount,discount_pct measure? 0-50: discount | highest, lowest
  gift_wrap,is_gift flag: gift-wrapped, unwrapped
  warehouse,ships_from cat: warehouse | North, South, Harbour, Airport | as: shipped from {}
  = product quantity unit_price: value, line value
basket/baskets, cart/carts
  session_token,session_code code?: session token | a81f, c0de, 77be, f00d
  created_at,opened_at moment: creation time | created; opened
  checked_out,converted flag: checked-out, abandoned
  device,channel cat: device, channel | mobile, desktop, tablet | as: opened on {}
  currency cat: currency | EUR, USD, GBP, NOK
  visitor,shopper label: visitor | @handle
supplier/suppliers, vendor/vendors
  company,company_name,supplier_name label: company | @company
  country cat?: country | @country | as: from {}
  city,location cat?: city | @city | as: in {}
  payment_days,payment_terms score? 7-90: payment days | longest, shortest
  rating,quality_score score? 1-10: rating | best, worst
  contract_end,contract_until day?: contract end
  preferred,is_preferred flag: preferred, non-preferred
shipment/shipments, delivery/deliveries, parcel/parcels; < order, supplier, warehouse; for
  tracking_no,tracking_code code: tracking number | TRK-1001, TRK-2040, ZX-88, PK-517
  carrier,courier cat: carrier, courier | DHL, UPS, FedEx, GLS, PostNord | as: carried by {}
  shipped_on,dispatched_on,sent_date day: shipping date, dispatch date | shipped; dispatched
  delivered_on,arrived_on,delivery_date day?: delivery date | delivered | none: not delivered yet
  weight_kg,weight measure: weight | heaviest, lightest
  cost,freight_cost money? 3-300: cost, freight cost | highest, lowest
  insured,is_insured flag: insured, uninsured
  = days shipped_on delivered_on: days in transit
warehouse/warehouses, depot/depots
  name,depot_name label: name | North Hub, Riverside, Dock 7, Central Depot, Hillgate
  city,location cat: city | @city | as: in {}
  capacity,capacity_pallets count 100-9000: capacity | largest, smallest
  manager,head label?: manager | @surname | none: without a manager
  opened_on,opening_date day?: opening date | opened
  refrigerated,cooled flag: refrigerated, unrefrigerated
  floor_area measure? 200-20000: floor area | largest, smallest
return/returns, refund request/refund requests; < order, customer; of
  order_number,reference code: order number | A-1003, B-2201, C-77, A-5519
  reason,return_reason text?: reason | damaged, wrong size, late, not as described | none: with no reason given
  refund_amount,refund money? 5-400: refund amount, refund | largest, smallest
  requested_on,return_date day: request date | requested
  approved,is_approved flag?: approved, unapproved
  warehouse,returned_to cat: warehouse | North, South, Harbour, Airport
store/stores, shop/shops, branch/branches
  store_name,name label: name | Old Town, Station Road, Harbour Mall, Market Hall, West End
  city,town cat: city | @city | as: in {}
  region,area cat: region | North, South, East, West, Central | as: in the {} region
  floor_space,area_sqm count 40-5000: floor space | largest, smallest
  opened_on,opening_date day?: opening date | opened
  manager,store_manager label?: manager | @person | none: without a manager
  is_franchise,franchise flag: franchised, company-owned
sale/sales, receipt/receipts, till sale/till sales; < store; at
  cashier,sold_by label: cashier | @surname
  amount,total,sale_total money 2-600: amount, total | largest, smallest
  items_sold,item_count count 1-60: items sold | most, fewest
  sold_at,paid_at moment: sale time, payment time | made
  payment_type,payment_method cat: payment type | card, cash, voucher, mobile | as: paid by {}
  discount,discount_amount money? 1-80: discount | largest, smallest
  refunded,is_refunded flag: refunded, unrefunded
subscription/subscriptions, membership/memberships; < customer, member; of
  plan,plan_name,tier cat: plan, tier | basic, plus, premium, family, student | as: on the {} plan
  monthly_fee,fee price 3-90: monthly fee, fee | highest, lowest
  started_on,start_date day: start date | started
  cancelled_on,ended_on,end_date day?: cancellation date, end date | cancelled | none: not cancelled yet
  auto_renew,renews flag: auto-renewing, non-renewing
  seats,users_included count 1-50: seats | most, fewest
  = days started_on cancelled_on: days of duration
"""
