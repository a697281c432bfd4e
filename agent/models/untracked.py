"""What people ask and nothing here tracks. Each topic is a class of its own for the
classifier, so that such a question is answered with Missing and never with the nearest tool."""

from __future__ import annotations

from types import MappingProxyType

EVERYONE = {
    "the weather": (
        "what is the weather tomorrow?", "will it rain today?", "how warm is it outside?",
        "weather forecast for the weekend", "do I need an umbrella?",
    ),
    "news and the world": (
        "what is in the news?", "who won the game last night?", "who is the president?",
        "what is the capital of France?", "what year was the company Apple founded?",
        "what is the population of Spain?", "any news about the election?",
    ),
    "general knowledge": (
        "how far is the moon?", "what does photosynthesis mean?", "who wrote Hamlet?",
        "how do you spell necessary?", "what is the square root of two?", "when did the war end?",
        "how many legs does a spider have?", "what is the largest country?", "who painted this?",
        "how hot is the sun?", "what language do they speak in Brazil?",
    ),
    "the household and the office": (
        "where did I put my keys?", "who has the office key?", "is the coffee machine broken?",
        "how do I fix a dripping tap?", "what should we have for lunch?", "did the mail arrive?",
        "how do I bake bread?", "which phone should I get?", "when does the shop close?",
        "is the parking garage open?", "what is the door code?", "who cleans the kitchen?",
    ),
    "markets and prices": (
        "what is the stock price of Apple?", "how is bitcoin doing?", "what is the exchange rate?",
        "is the housing market going up?", "what is inflation right now?", "interest rates today",
    ),
    "sleep and health": (
        "how did I sleep?", "how many hours did I sleep last night?", "what is my heart rate?",
        "how many steps did I walk?", "how many calories did I eat?", "am I exercising enough?",
        "what is my weight?", "how is my blood pressure?",
    ),
    "tasks for a general assistant": (
        "write me a poem", "tell me a joke", "translate this into Spanish", "solve this equation",
        "write a Python script", "give me a recipe for dinner", "what is 17 times 23?",
        "recommend a movie", "book me a flight", "play some music", "set a timer for ten minutes",
        "what time is it in Tokyo?", "fix this code for me", "summarise this article",
    ),
}  # fmt: skip

OPERATOR = {
    "ad spend and marketing cost": (
        "what is our ad spend?", "how much do we spend on advertising?", "what did ads cost us?",
        "Google Ads budget this month", "cost per click", "what is our marketing budget?",
        "return on ad spend", "how are the Facebook ads doing?", "what does a lead cost us in ads?",
        "customer acquisition cost", "which campaign performs best?",
    ),
    "replies and e-mail statistics": (
        "what is our reply rate?", "reply rate to proposals", "how many people answer our emails?",
        "email open rate", "click-through rate of the newsletter", "how many emails bounced?",
        "how many subscribers do we have?", "response rate to outreach",
        "how quickly do clients answer our mails?", "what percentage of clients write back?",
        "how many prospects answer us?", "what portion of clients respond?",
    ),
    "website traffic and search ranking": (
        "how many visitors did the website get?", "website traffic last week", "page views",
        "what is our bounce rate?", "where do we rank on Google?", "SEO ranking",
        "how many people filled in the contact form?", "which page gets the most clicks?",
        "conversion rate of the landing page", "is the website fast?",
    ),
    "social media": (
        "how many followers do we have?", "Instagram engagement", "LinkedIn impressions",
        "did our last post do well?", "how many likes did we get?", "YouTube views this month",
    ),
    "competitors and the market": (
        "what are competitors charging?", "who are our competitors?", "what is our market share?",
        "how big is the market?", "what do other agencies do?", "did a rival launch something?",
        "are we cheaper than the competition?",
    ),
    "staff and salaries": (
        "what do we pay the team?", "how much does the developer earn?", "salaries of the staff",
        "how many vacation days are left?", "who is on holiday?", "employee satisfaction",
        "how many hours did the team work?", "who is the best employee?", "is anyone sick today?",
    ),
    "bank account, tax and cost": (
        "what is our bank balance?", "how much tax do we owe?", "what are our monthly costs?",
        "profit and loss statement", "what is the profit margin?", "what do our servers cost?",
        "how long is our runway?", "rent and expenses", "when is the VAT due?", "what is our burn?",
        "how much do we owe suppliers?", "software subscriptions cost",
    ),
    "client satisfaction and retention": (
        "what is our NPS?", "customer satisfaction score", "how happy are clients?", "churn rate",
        "how many reviews do we have on Google?", "customer lifetime value",
        "how many clients cancelled?", "average star rating", "support tickets open",
        "what is our Google rating?", "how are our reviews online?",
    ),
    "calls and meetings": (
        "what did the client say on the phone?", "how long was the call?", "recording of the meeting",
        "what is on my calendar?", "when is my next meeting?", "who called while I was away?",
        "transcript of the sales call", "what did Acme tell us on the phone?",
        "what was said in the meeting with Acme?", "is Tuesday at three free?",
    ),
    "money and deals of past years": (
        "what was the average deal size last year?", "average deal size", "revenue last year",
        "how much did we earn last quarter?", "how many deals did we close two years ago?",
        "what was our turnover in 2024?", "compare this year's sales with last year's",
        "how big is a typical deal?",
    ),
    "people's private details": (
        "what is the owner's birthday?", "where does the client live?", "is the owner married?",
        "how old is the client?", "what is the client's home address?",
    ),
}  # fmt: skip

CLIENT = {
    "what other people earn": (
        "what does my colleague earn?", "how much does a product manager make in Berlin?",
        "average salary for a designer", "what do others in my role get paid?",
        "salary range for data analysts", "how much is my boss paid?", "what is the market rate?",
    ),
    "applications and recruiters": (
        "how many people viewed my LinkedIn?", "did the recruiter read my mail?",
        "how many applicants are there for the job?", "will I get the job?",
        "did the company reply?", "what is the status of my application at Google?",
        "who else applied?", "when will they call me back?", "what did the recruiter think of me?",
    ),
    "the calendar": (
        "what is on my calendar?", "when is my interview?", "what time is my appointment?",
        "do I have a meeting tomorrow?", "which day is my deadline at work?",
        "when is my next session with the coach?",
    ),
    "personal money": (
        "how much money do I have?", "what is my credit score?", "how much did I spend this month?",
        "can I afford a sabbatical with my savings?", "what is my pension worth?",
        "how much tax will I pay?", "what is in my bank account?",
    ),
    "what other people think": (
        "what does my boss think of me?", "does my team like me?", "what do my friends say about me?",
        "is my manager going to fire me?", "is my company going to lay people off?",
        "what is my partner's opinion of this?",
    ),
    "companies and the job market": (
        "is Google a good employer?", "which companies are hiring?", "how is the job market?",
        "what is the culture like at Amazon?", "who is the head of design at Spotify?",
        "how many employees does that company have?", "which jobs will disappear because of AI?",
    ),
    "time tracking": (
        "how many hours did I work last week?", "how much time did I spend on my phone?",
        "how long did I study yesterday?", "my screen time", "how productive was I today in hours?",
    ),
}  # fmt: skip

BY_ROLE = MappingProxyType({"operator": EVERYONE | OPERATOR, "client": EVERYONE | CLIENT})
"""Role → topic (in the words of the answer) → phrasings."""
