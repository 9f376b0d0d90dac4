"""Values that many columns share: names of people, places and companies."""

POOLS: dict[str, tuple[str, ...]] = {
    "email": ("amara@mail.org", "ben@webmail.com", "carla@post.net", "desk@northwind.com", "yara@mail.org"),
    "person": (
        *("Amara Osei", "Ben Whitaker", "Carla Mendes", "Dmitri Volkov", "Elena Petrova", "Farid Haddad"),
        *("Grace Lindqvist", "Hana Kobayashi", "Ivan Horvat", "Julia Brandt", "Kwame Mensah", "Lucia Romano"),
        *("Marcus Webb", "Nadia Rahman", "Oscar Dupont", "Priya Nair", "Quentin Moore", "Rosa Alvarez"),
        *("Samuel Adeyemi", "Tessa Vermeer", "Umar Farooq", "Vera Kowalski", "Wen Li", "Yara Costa"),
    ),
    "first": (
        *("Amara", "Ben", "Carla", "Dmitri", "Elena", "Farid", "Grace", "Hana", "Ivan", "Julia", "Kwame", "Lucia"),
        *("Marcus", "Nadia", "Oscar", "Priya", "Rosa", "Samuel", "Tessa", "Umar", "Vera", "Yara", "Zoe", "Noah"),
    ),
    "surname": (
        *("Osei", "Whitaker", "Mendes", "Volkov", "Petrova", "Haddad", "Lindqvist", "Kobayashi", "Horvat", "Brandt"),
        *("Mensah", "Romano", "Webb", "Rahman", "Dupont", "Nair", "Moore", "Alvarez", "Adeyemi", "Vermeer", "Farooq"),
        *("Kowalski", "Costa", "Keller", "Novak", "Singh", "Tanaka", "Okoro", "Larsen", "Murphy"),
    ),
    "handle": (
        *("sunny_kai", "codewren", "marta.b", "north_lens", "tofu_fan", "paperkite", "rideout77", "lin_draws"),
        *("bytebaker", "oldmaps", "quietfox", "jules", "novaray", "pixelmoss", "tina_t", "hikemore"),
    ),
    "city": (
        *("Lisbon", "Oslo", "Nairobi", "Toronto", "Kyoto", "Leeds", "Austin", "Lyon", "Prague", "Lima", "Dublin"),
        *("Hamburg", "Seville", "Accra", "Denver", "Turin", "Bergen", "Osaka", "Porto", "Glasgow", "Cape Town"),
    ),
    "country": (
        *("Kenya", "Ghana", "Norway", "Canada", "Japan", "Brazil", "Spain", "Germany", "India", "Chile", "Ireland"),
        *("Poland", "Morocco", "France", "Mexico", "Vietnam", "Portugal", "Sweden", "Italy", "Peru", "New Zealand"),
    ),
    "company": (
        *("Northwind Ltd", "Acme Corp", "Bluefin AG", "Cobalt Works", "Delta Foods", "Evergreen Co", "Fjord Systems"),
        *("Granite Partners", "Helix Labs", "Ironbridge", "Juniper Goods", "Kestrel Media", "Lumen Energy"),
    ),
    "weekday": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "month": ("2022-11", "2023-02", "2023-06", "2023-09", "2024-01", "2024-04", "2024-08"),
}
