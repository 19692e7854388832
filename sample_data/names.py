"""Name lists the synthetic students are named from.

Lives here: common given names and surnames by community. Does not: how they are drawn.
Frequencies fall with the position in the list, so popular names come first.
"""

LATINO_SURNAMES = (
    "García", "Hernández", "López", "Martínez", "González", "Rodríguez", "Pérez", "Sánchez",
    "Ramírez", "Torres", "Flores", "Rivera", "Gómez", "Díaz", "Reyes", "Cruz", "Morales",
    "Gutiérrez", "Ortiz", "Ramos", "Ruiz", "Mendoza", "Álvarez", "Castillo", "Jiménez", "Vásquez",
    "Romero", "Moreno", "Chávez", "Muñoz", "Castro", "Vargas", "Guzmán", "Medina", "Aguilar",
    "Rojas", "Soto", "Salazar", "Delgado", "Peña", "Ríos", "Guerrero", "Núñez", "Contreras",
    "Navarro", "Ibarra", "Cervantes", "Zúñiga", "Villanueva", "Ochoa", "De la Cruz", "De León",
    "Montes", "Barajas", "Quiñones", "Bañuelos", "Orozco", "Padilla", "Macías", "Escobedo",
)  # fmt: skip
ANGLO_SURNAMES = (
    "Smith", "Johnson", "Williams", "Brown", "Jones", "Miller", "Davis", "Wilson", "Anderson",
    "Taylor", "Thomas", "Moore", "Jackson", "Martin", "Thompson", "White", "Harris", "Clark",
    "Lewis", "Robinson", "Walker", "Young", "Allen", "King", "Wright", "Scott", "Hill", "Green",
    "Adams", "Baker", "Nelson", "Carter", "Mitchell", "Roberts", "Turner", "Phillips", "Campbell",
    "Parker", "Evans", "Edwards", "Collins", "Stewart", "Morris", "Murphy", "Cook", "Rogers",
    "O'Connor", "O'Brien", "McDonald", "MacKenzie", "Washington", "Jefferson", "Freeman", "Booker",
    "Schneider", "Rossi", "Petrosyan", "Van Dyke", "St. John", "Fitzgerald",
)  # fmt: skip
ASIAN_SURNAMES = (
    "Nguyen", "Chen", "Wong", "Tran", "Lee", "Kim", "Wang", "Li", "Patel", "Singh", "Zhang", "Liu",
    "Pham", "Park", "Lin", "Le", "Huang", "Yang", "Xiong", "Vang", "Chan", "Wu", "Lam", "Ho",
    "Sharma", "Gill", "Tanaka", "Yamamoto", "Khan", "Choi", "Vu", "Bui", "Lor", "Moua", "Ly",
    "Cheung", "Sok", "Kaur", "Shah", "Nakamura",
)  # fmt: skip
FILIPINO_SURNAMES = (
    "Santos", "Reyes", "Cruz", "Bautista", "Ocampo", "Garcia", "Mendoza", "Aquino", "Villanueva",
    "Ramos", "Castillo", "Dela Cruz", "Domingo", "Pascual", "Manalo", "Salvador", "Tolentino",
    "Mercado", "Macaraeg", "Agbayani", "Dizon", "Lacson", "Evangelista", "Magsaysay",
)  # fmt: skip

GIRLS = (
    "Emily", "Isabella", "Sophia", "Ashley", "Samantha", "Mia", "Jasmine", "Jessica", "Natalie",
    "Elizabeth", "Alyssa", "Alexis", "Abigail", "Victoria", "Madison", "Hannah", "Kimberly",
    "Vanessa", "Olivia", "Emma", "Ava", "Jennifer", "Stephanie", "Angelina", "Chloe", "Grace",
    "Brianna", "Michelle", "Diana", "Melissa", "Andrea", "Sarah", "Rachel", "Lauren", "Destiny",
    "Kayla", "Leslie", "Mary Ann", "Anna-Lee", "Christine",
)  # fmt: skip
BOYS = (
    "Daniel", "Anthony", "Andrew", "Jose", "Jacob", "Joshua", "David", "Angel", "Matthew",
    "Christopher", "Jonathan", "Michael", "Joseph", "Nathan", "Kevin", "Ethan", "Alexander",
    "Diego", "Brandon", "Ryan", "Christian", "Nicholas", "Isaac", "Aaron", "Jesus", "Bryan",
    "Adrian", "Brian", "Benjamin", "Samuel", "William", "Robert", "James", "John", "Tyler",
    "Dylan", "Justin", "Gabriel", "Jean-Luc", "Elijah",
)  # fmt: skip
LATINA_GIRLS = (
    "María", "Guadalupe", "Sofía", "Valeria", "Ximena", "Camila", "Daniela", "Mariana", "Andrea",
    "Alejandra", "Jazmín", "Esmeralda", "Lucía", "Itzel", "Ángela", "Mónica", "Verónica",
    "María José", "Ana Sofía", "Yesenia", "Citlali", "Gabriela", "Noemí", "Belén",
)  # fmt: skip
LATINO_BOYS = (
    "José", "Luis", "Carlos", "Juan", "Miguel", "Ángel", "Jesús", "Diego", "Alejandro", "Fernando",
    "Eduardo", "Ricardo", "Andrés", "Iván", "Óscar", "Javier", "Adrián", "Joaquín", "Juan Carlos",
    "José Luis", "Sebastián", "Martín", "Emiliano", "Ramón",
)  # fmt: skip

# Short forms that appear in quotes on some school records.
NICKNAMES = {
    "William": "Bill", "Robert": "Bobby", "Elizabeth": "Liz", "Jonathan": "Jon", "José": "Pepe",
    "Guadalupe": "Lupe", "Alexander": "Alex", "Jennifer": "Jen", "Michael": "Mike",
    "Francisco": "Paco", "Daniel": "Danny", "Samantha": "Sam", "Jesús": "Chuy", "Emily": "Em",
}  # fmt: skip
