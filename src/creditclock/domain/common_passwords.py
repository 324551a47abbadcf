"""Common passwords: those that a guesser tries first, of eight characters and more, in lower case."""

from typing import Final

_LISTED: Final = """
12345678 123456789 1234567890 12345678910 0123456789 0987654321 987654321 9876543210 87654321 11223344 1122334455
112233445566 12341234 123123123 123321123 123454321 147258369 147852369 159357456 159753456 741852963 789456123
963852741 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 qwer1234
qwert123 qwert12345 qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 qwerty01 qwertyui qwertyuiop qwerty!@
qweasdzx qweasdzxc qweqweqwe qwertz123 qwertzui qwertzuiop azerty123 azertyui azertyuiop asdfghjk asdfghjkl asdf1234
asdfasdf asdqwe123 zxcvbnm1 zxcvbnm123 zxcvbnm, zaq12wsx zaq1zaq1 zaq1xsw2 qazwsxed qazwsxedc qazwsx123 poiuytrewq
lkjhgfdsa mnbvcxza password password1 password2 password3 password12 password123 password1234 password12345 password01
password! password1! password123! passw0rd passw0rd1 passw0rd! p@ssword p@ssword1 p@ssw0rd p@ssw0rd1 p@ssw0rd!
p@ssw0rd123 p@55w0rd pa$$word pa$$w0rd pa55word pass1234 pass12345 pass@123 pass123456 passpass passwort passwort1
passwort123 passwort! kennwort kennwort1 motdepasse motdepasse1 contrasena contrasena1 contraseña contraseña1 senha123
senha1234 wachtwoord wachtwoord1 haslo123 parola123 parola12 salasana salasana1 lösenord lösenord1 adgangskode
heslo123 jelszo123 administrator administrator1 admin123 admin1234 admin12345 admin123456 admin@123 adminadmin
admin!23 admin2020 admin2021 admin2022 admin2023 admin2024 admin2025 admin2026 adminpass adminpassword root1234
root12345 rootroot toor1234 superuser superuser1 sysadmin operator operator1 operator123 operator1234 manager1
manager123 owner123 owner1234 seller123 cashier1 cashier123 customer customer1 customer123 creditclock creditclock1
creditclock123 internet internet1 computer computer1 computer123 cybercafe cybercafe1 playstation library1 library123
guest123 guest1234 guestguest user1234 user12345 useruser test1234 test12345 test123456 testtest testtest1 test@123
testing1 testing123 tester123 demo1234 demo12345 demodemo default1 default123 temp1234 temporary temporary1 changeme
changeme1 changeme123 changeme! change123 changeit letmein1 letmein123 letmein! letmein12 letmeinn welcome1 welcome12
welcome123 welcome1234 welcome! welcome1! welcome@123 welcome2020 welcome2021 welcome2022 welcome2023 welcome2024
welcome2025 welcome2026 willkommen willkommen1 bienvenue bienvenue1 bienvenido secret12 secret123 secret1234
secretsecret topsecret access12 access123 security security1 login123 login1234 loginlogin master12 master123 iloveyou
iloveyou1 iloveyou2 iloveyou! iloveyou12 iloveyou123 ilovegod iloveme1 iloveyou3 iloveu12 loveyou1 loveme12 lovelove
lovely12 babygirl babygirl1 babygirl2 babyboy1 sweetheart princess princess1 princess2 princess12 princess123 sunshine
sunshine1 sunshine2 sunshine12 sunshine123 sunflower butterfly butterfly1 rainbow1 chocolate chocolate1 football
football1 football12 football123 baseball baseball1 baseball12 basketball basketball1 softball1 volleyball soccer12
soccer123 hockey12 superman superman1 superman123 batman12 batman123 spiderman spiderman1 starwars starwars1 pokemon1
pokemon12 pokemon123 naruto12 naruto123 dragon12 dragon123 dragonball monkey12 monkey123 shadow12 shadow123 michael1
michael12 michael123 jennifer jennifer1 jessica1 jessica12 michelle michelle1 charlie1 charlie12 charlie123 jordan23
jordan123 ashley12 daniel12 daniel123 matthew1 anthony1 nicholas nicholas1 benjamin benjamin1 samantha samantha1
victoria victoria1 elizabeth elizabeth1 alexander alexander1 christian christian1 christopher stephanie patrick1
patricia veronica margarita alejandra alejandro fernando gabriela carolina valentina estrella1 tequiero teamo123
mariposa mariposa1 corazon1 barcelona barcelona1 realmadrid liverpool liverpool1 liverpool123 arsenal1 arsenal123
chelsea1 chelsea12 chelsea123 manchester manutd12 juventus juventus1 schalke04 bayern123 borussia1 freedom1 freedom12
whatever whatever1 trustno1 trustno1! computer12 samsung1 samsung12 samsung123 google12 google123 facebook facebook1
facebook123 linkedin instagram minecraft minecraft1 fortnite fortnite1 roblox123 mercedes mercedes1 ferrari1 porsche1
porsche911 mustang1 mustang12 corvette harley12 harley123 yamaha12 kawasaki diamond1 diamond12 jackson1 jackson5
metallica metallica1 nirvana1 slipknot slipknot1 blink182 eminem12 hello123 hello1234 hello12345 hellohello hellokitty
hellothere hallo123 hallo1234 hallohallo bonjour1 bonjour123 doudou123 chouchou marseille nicolas1 sandrine soleil12
schatz12 schatzi1 sommer12 sommer123 sommer2020 sommer2021 sommer2022 sommer2023 sommer2024 sommer2025 summer12
summer123 summer2020 summer2021 summer2022 summer2023 summer2024 summer2025 summer2026 winter12 winter123 winter2020
winter2021 winter2022 winter2023 winter2024 winter2025 winter2026 spring2020 spring2021 spring2022 spring2023
spring2024 spring2025 spring2026 autumn2020 autumn2021 autumn2022 autumn2023 autumn2024 autumn2025 monday12 monday123
friday12 friday123 january1 february september october1 november november1 december december1 abc12345 abcd1234
abcde123 abcde12345 abcdef12 abcdef123 abcdefg1 abcdefgh abcdefghi abcdefghij abcabc123 abcd123456 abc123456 abc123abc
a1b2c3d4 a1b2c3d4e5 aa123456 aa12345678 a12345678 a123456789 a1234567 aaaa1111 aabbccdd asd12345 asd123456 qwe12345
qwe123456 zxc12345 zxc123456 1234qwer 1234abcd 12345abc 123456ab 123456aa 123456qwe 123456qwerty 12345qwert 12qwaszx
123qwe123 123qweasd 123abc123 123456abc 123456789a 123456789q 12345678a 1a2b3c4d 1g2w3e4r 3rjs1la7qe asdfjkl; !@#$%^&*
!@#$%^&*( !qaz2wsx !qaz@wsx 1qaz!qaz 1qaz@wsx 19841984 19851985 19861986 19871987 19881988 19891989 19901990 19911991
19921992 12121212 13131313 10203040 102030405060 01020304 20202020 21212121 69696969 12344321 12345679 13579246
135792468 24681012 246813579 31415926 314159265 27182818 147147147 321321321 456456456 789789789 123698745 1234554321
123456123456 1234512345 correcthorsebatterystaple correcthorse battery1 killer12 killer123 hunter12 hunter123 ranger12
maverick phoenix1 knight12 wizard12 gandalf1 bigdaddy badboy12 blessed1 jesus123 jesuschrist jesus1234 godisgood
christ12 angel123 angels12 heaven12 forever1 forever21 friends1 familia1 family12 family123 beautiful beautiful1
handsome nopassword mypassword mypassword1 mypass123 yourpassword thepassword newpassword newpassword1 newpass1
newpass123 oldpassword nothing1 unknown1 anonymous anonymous1 dontknow idontknow qwertyqwerty raspberry raspberry1
ubuntu123 linux123 windows1 windows10 windows123 oracle123 mysql123 postgres postgres1 postgres123 database database1
server123 network1 support1 support123 service1 service123 company1 company123 office123
"""
COMMON: Final = frozenset(_LISTED.split())
"""What published lists of stolen passwords have in common, with the words of this trade and of some languages."""
