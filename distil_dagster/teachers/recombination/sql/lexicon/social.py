"""Social media and other leisure."""

SOCIAL = """
user/users, member/members, profile/profiles; person
  username,handle,screen_name label: username, handle | @handle
  country cat?: country | @country | as: from {}
  joined_on,signup_date,registered_on day?: joining date, signup date | who joined; who signed up
  last_login,last_seen_at moment?: last login
  follower_count,followers count 0-90000: followers, follower count | most, fewest
  bio,about text?: bio | photographer, vegan, dad, runner, gamer | none: without a bio
  is_verified,verified flag: verified, unverified
  language,ui_language cat: language | en, es, de, pt, hi
post/posts, article/articles, status update/status updates; < user, group, blog; written; self original post
  content,body,text text?: content, text | #sale, recipe, giveaway, sunset, breaking | none: without a text
  posted_at,created_at,published_at moment: posting time | posted; published
  likes,like_count count 0-5000: likes | most liked, least liked
  shares,share_count count 0-900: shares | most, fewest
  visibility,audience cat: visibility, audience | public, friends, private | as: {} *
  topic,category cat?: topic, category | travel, food, politics, music, tech | as: about {}
  pinned,is_pinned flag: pinned, unpinned
comment/comments, reply/replies; < post, video, photo; on
  author,commenter,written_by label: author, commenter | @handle
  text,body,comment_text text?: text | thank, spam, wow, agree, link in bio | none: without a text
  commented_at,written_at,created_at moment: comment time | written; posted
  likes,upvotes count 0-800: likes, upvotes | most, fewest
  language cat?: language | en, es, de, pt, hi
  hidden,is_hidden flag: hidden, visible
  sentiment cat: sentiment | positive, neutral, negative | as: {} *
video/videos, clip/clips; < channel, user; uploaded
  title,video_title label: title | Sourdough Basics, City Tour, Guitar Riffs, Kayak Trip, Lens Test
  seconds,duration_sec,length_sec count 10-7200: seconds, length in seconds | longest, shortest
  uploaded_on,upload_date,published_on day: upload date | uploaded; published
  views,view_count count 0-900000: views | most viewed, least viewed
  category,genre cat: category, genre | music, cooking, sport, gaming, news | as: in the category {}
  resolution,quality cat: resolution, quality | 720p, 1080p, 4K | as: in {}
  monetised,has_ads flag: monetised, ad-free
channel/channels, blog/blogs, podcast/podcasts
  name,channel_name,title label: name | BakeLab, Trailhead, Deep Cuts, MathTalk, Urban Eye
  topic,category cat: topic, category | food, outdoors, music, science, film | as: about {}
  subscribers,subscriber_count count 0-900000: subscribers | most, fewest
  created_on,started_on day: creation date | created; started
  language cat?: language | English, Spanish, German, Hindi | as: in {}
  ad_revenue,monthly_revenue money? 0-9000: ad revenue, monthly revenue | highest, lowest
  is_partner,partner flag: partnered, unpartnered
community/communities, group/groups, forum/forums
  title,name,group_name label: title, name | Slow Cooking, Night Sky, Retro Games, City Cyclists
  topic,theme cat: topic, theme | food, astronomy, games, cycling, books | as: about {}
  created_on,founded_on day?: creation date, founding date | created; founded
  rules,rules_text text?: rules | no ads, be kind, adults only, english only | none: without rules
  member_limit,max_members count? 20-5000: member limit | highest, lowest
  admin,moderator label: admin, moderator | @handle
  private,is_private flag: private, public
membership/memberships, subscription/subscriptions; < community, group, channel; in
  member,member_name label: member | @handle
  role,member_role cat: role | owner, moderator, guest, regular
  joined_on,since,member_since day: joining date | started
  invited_by label?: inviter | @handle | none: without an inviter
  posts_made,post_count count 0-900: posts made | most, fewest
  muted,is_muted flag: muted, unmuted
message/messages, chat message/chat messages; < user, chat room; written
  recipient,sent_to label: recipient | @handle
  body,content,text text?: body, text | hello, invoice, meeting, lunch, password | none: without a text
  sent_at,written_at moment: sending time, time sent | sent; written
  read_at,opened_at moment?: reading time | read | none: not read yet
  attachments,attachment_count count 0-12: attachments | most, fewest
  channel,platform cat: channel, platform | web, ios, android, email | as: sent from {}
  starred,is_starred flag: starred, unstarred
ad campaign/ad campaigns, promotion/promotions; < advertiser, page; of
  name,campaign_name label: name | Spring Push, Back to School, Launch 2.0, Black Week
  platform,network cat: platform, network | Instagram, TikTok, YouTube, Reddit | as: on {}
  budget,total_budget money 100-60000: budget | largest, smallest
  spend,amount_spent money 10-70000: spend, amount spent | highest, lowest
  clicks,click_count count 0-50000: clicks | most, fewest
  impressions,shown count 100-900000: impressions | most, fewest
  started_on,start_date day: start date | started
  ended_on,end_date day?: end date | ended | none: not ended yet
  paused,is_paused flag: paused, unpaused
  = difference budget spend: remaining budget
  = above spend budget: whose spend is above the budget
  = days started_on ended_on: days of duration
advertiser/advertisers, page/pages
  company,page_name label: company, name | @company
  industry,sector cat: industry, sector | fashion, travel, games, banking | as: in the {} industry
  country cat?: country | @country | as: from {}
  credit,balance money 0-20000: credit, balance | highest, lowest
  created_on,registered_on day: creation date, registration date | created; registered
  contact,account_manager label?: contact, account manager | @surname | none: without a contact
  approved,is_approved flag: approved, unapproved
photo/photos, picture/pictures; < user, album; uploaded
  caption,title text?: caption, title | sunset, birthday, beach, street, snow | none: without a caption
  taken_on,shot_on day?: date taken | taken
  uploaded_at,posted_at moment: upload time | uploaded
  filter_name cat?: filter | mono, vivid, sepia, warm | as: with the filter {}
  size_kb,file_size count 50-9000: size, file size | largest, smallest
  location,place cat?: location, place | @city | as: taken in {}
  likes,hearts count 0-4000: likes, hearts | most, fewest
  public,is_public flag: public, private
event/events, meetup/meetups; < community, venue, host; of
  title,event_name label: title | Board Game Night, Photo Walk, Pizza Lab, Chess Open
  starts_at,begins_at moment: start time | starting
  capacity,max_guests count 5-500: capacity | largest, smallest
  ticket_price,entry_fee price? 3-150: ticket price, entry fee | most expensive, cheapest
  city,location cat: city, location | @city | as: in {}
  organiser,hosted_by label: organiser, host | @person
  cancelled,is_cancelled flag: cancelled, confirmed
  kind,event_type cat: kind, event type | concert, workshop, talk, party
"""
