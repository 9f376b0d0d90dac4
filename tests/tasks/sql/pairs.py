"""Pairs of queries by hand: what they are about, the reference, and a prediction that is right or nearly right."""

from __future__ import annotations

from typing import NamedTuple

SHOP = """
CREATE TABLE customers (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT, age INTEGER, joined DATE, is_member BOOLEAN NOT NULL
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER, amount REAL NOT NULL, status TEXT, ordered_at DATETIME,
    FOREIGN KEY (customer_id) REFERENCES customers(id)
);
CREATE TABLE items (
    order_id INTEGER NOT NULL REFERENCES orders(id), product TEXT NOT NULL, quantity INTEGER NOT NULL, price REAL,
    PRIMARY KEY (order_id, product)
);
"""
STAFF = """
CREATE TABLE departments (department_id INTEGER PRIMARY KEY, title TEXT UNIQUE NOT NULL, budget REAL);
CREATE TABLE employees (
    employee_id INTEGER PRIMARY KEY, name TEXT, salary INTEGER, department_id INTEGER, manager_id INTEGER,
    hired DATE, FOREIGN KEY (manager_id) REFERENCES employees(employee_id)
);
"""
"""Employees refer to departments without a declared key."""


class Pair(NamedTuple):
    about: str
    schema: str
    reference: str
    prediction: str


EQUIVALENT = [
    Pair(
        "aliases renamed",
        SHOP,
        "SELECT c.name, o.amount FROM customers c JOIN orders o ON o.customer_id = c.id",
        "SELECT x.name AS who, y.amount AS paid FROM customers AS x JOIN orders AS y ON y.customer_id = x.id",
    ),
    Pair(
        "order of the join",
        SHOP,
        "SELECT c.name, o.status FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.amount > 50",
        "SELECT c.name, o.status FROM orders o JOIN customers c ON c.id = o.customer_id WHERE 50 < o.amount",
    ),
    Pair(
        "join condition in WHERE",
        SHOP,
        "SELECT c.name FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.status = 'paid'",
        "SELECT c.name FROM customers c, orders o WHERE o.customer_id = c.id AND o.status = 'paid'",
    ),
    Pair(
        "IN or EXISTS",
        SHOP,
        "SELECT name FROM customers WHERE id IN (SELECT customer_id FROM orders WHERE amount > 100)",
        "SELECT name FROM customers c "
        "WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND amount > 100)",
    ),
    Pair(
        "subquery or join",
        SHOP,
        "SELECT name FROM customers WHERE id IN (SELECT customer_id FROM orders)",
        "SELECT name FROM (SELECT DISTINCT c.id, c.name FROM customers c JOIN orders o ON o.customer_id = c.id)",
    ),
    Pair(
        "NOT EXISTS or LEFT JOIN IS NULL",
        SHOP,
        "SELECT name FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)",
        "SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.id IS NULL",
    ),
    Pair(
        "NOT IN without nulls or NOT EXISTS",
        SHOP,
        "SELECT id FROM orders o WHERE NOT EXISTS (SELECT 1 FROM items i WHERE i.order_id = o.id)",
        "SELECT id FROM orders WHERE id NOT IN (SELECT order_id FROM items)",
    ),
    Pair(
        "BETWEEN",
        SHOP,
        "SELECT name FROM customers WHERE age BETWEEN 30 AND 40",
        "SELECT name FROM customers WHERE age >= 30 AND age <= 40",
    ),
    Pair(
        "whole numbers",
        SHOP,
        "SELECT name FROM customers WHERE age > 30",
        "SELECT name FROM customers WHERE age >= 31",
    ),
    Pair(
        "COUNT(*) or COUNT(1)",
        SHOP,
        "SELECT city, COUNT(*) FROM customers GROUP BY city",
        "SELECT city, COUNT(1) FROM customers GROUP BY city",
    ),
    Pair(
        "COUNT(*) or COUNT of a key",
        SHOP,
        "SELECT city, COUNT(*) FROM customers GROUP BY city",
        "SELECT city, COUNT(id) FROM customers GROUP BY 1",
    ),
    Pair(
        "ascending is the default",
        SHOP,
        "SELECT name, age FROM customers ORDER BY age",
        "SELECT name, age FROM customers ORDER BY age ASC",
    ),
    Pair(
        "order by alias, place or expression",
        SHOP,
        "SELECT city, COUNT(*) AS n FROM customers GROUP BY city ORDER BY n DESC",
        "SELECT city, COUNT(*) FROM customers GROUP BY city ORDER BY COUNT(*) DESC",
    ),
    Pair(
        "a tie broken further",
        SHOP,
        "SELECT name, city FROM customers ORDER BY city",
        "SELECT name, city FROM customers ORDER BY city, name DESC",
    ),
    Pair(
        "a tie broken further, in keys not returned",
        SHOP,
        "SELECT name FROM customers ORDER BY city DESC, age",
        "SELECT name FROM customers ORDER BY city DESC, age, id DESC",
    ),
    Pair(
        "ordered although nobody asked",
        SHOP,
        "SELECT name FROM customers WHERE city = 'Oslo'",
        "SELECT name FROM customers WHERE city = 'Oslo' ORDER BY name",
    ),
    Pair(
        "superfluous brackets",
        SHOP,
        "SELECT name FROM customers WHERE age > 30 AND city = 'Oslo' OR is_member = 1",
        "SELECT (name) FROM customers WHERE (((age > 30) AND (city = 'Oslo')) OR (is_member = 1))",
    ),
    Pair(
        "CTE or subquery",
        SHOP,
        "SELECT name FROM customers WHERE id IN "
        "(SELECT customer_id FROM orders GROUP BY customer_id HAVING COUNT(*) > 2)",
        "WITH busy AS (SELECT customer_id, COUNT(*) AS n FROM orders GROUP BY customer_id) "
        "SELECT c.name FROM customers c JOIN busy b ON b.customer_id = c.id WHERE b.n > 2",
    ),
    Pair(
        "HAVING or a filter outside",
        SHOP,
        "SELECT city FROM customers GROUP BY city HAVING AVG(age) > 40",
        "SELECT city FROM (SELECT city, AVG(age) AS a FROM customers GROUP BY city) WHERE a > 40",
    ),
    Pair(
        "IN or OR",
        SHOP,
        "SELECT name FROM customers WHERE city IN ('Oslo', 'Lima')",
        "SELECT name FROM customers WHERE city = 'Lima' OR city = 'Oslo'",
    ),
    Pair(
        "DISTINCT or GROUP BY",
        SHOP,
        "SELECT DISTINCT city FROM customers",
        "SELECT city FROM customers GROUP BY city",
    ),
    Pair(
        "UNION or OR",
        SHOP,
        "SELECT id FROM customers WHERE age < 20 OR city = 'Oslo'",
        "SELECT id FROM customers WHERE age < 20 UNION SELECT id FROM customers WHERE city = 'Oslo'",
    ),
    Pair(
        "EXCEPT or NOT EXISTS",
        SHOP,
        "SELECT id FROM customers EXCEPT SELECT customer_id FROM orders",
        "SELECT id FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders WHERE customer_id = c.id)",
    ),
    Pair(
        "RIGHT side kept, written as LEFT",
        STAFF,
        "SELECT d.title, e.name FROM departments d LEFT JOIN employees e ON e.department_id = d.department_id",
        "SELECT d.title, e.name FROM departments d LEFT OUTER JOIN employees e USING (department_id)",
    ),
    Pair(
        "a self join",
        STAFF,
        "SELECT e.name, m.name FROM employees e JOIN employees m ON e.manager_id = m.employee_id "
        "WHERE e.salary > m.salary",
        "SELECT b.name, a.name FROM employees a JOIN employees b "
        "ON b.manager_id = a.employee_id AND a.salary < b.salary",
    ),
    Pair(
        "the largest by subquery or window",
        STAFF,
        "SELECT name FROM employees WHERE salary = (SELECT MAX(salary) FROM employees)",
        "SELECT name FROM (SELECT name, salary, RANK() OVER (ORDER BY salary DESC) AS r FROM employees) "
        "WHERE r = 1 AND salary IS NOT NULL",
    ),
    Pair(
        "average spelt out",
        STAFF,
        "SELECT department_id, AVG(salary) FROM employees GROUP BY department_id",
        "SELECT department_id, SUM(salary) * 1.0 / COUNT(salary) FROM employees GROUP BY department_id",
    ),
    Pair(
        "a sum in another order",
        SHOP,
        "SELECT SUM(quantity * price) FROM items",
        "SELECT SUM(price * quantity) FROM (SELECT * FROM items ORDER BY price DESC)",
    ),
    Pair(
        "CASE or IIF",
        SHOP,
        "SELECT name, CASE WHEN age >= 65 THEN 'senior' ELSE 'adult' END FROM customers",
        "SELECT name, IIF(age >= 65, 'senior', 'adult') FROM customers",
    ),
    Pair(
        "COALESCE or IFNULL",
        SHOP,
        "SELECT name, COALESCE(city, 'unknown') FROM customers",
        "SELECT name, IFNULL(city, 'unknown') FROM customers",
    ),
    Pair(
        "a year by strftime or by range",
        SHOP,
        "SELECT name FROM customers WHERE strftime('%Y', joined) = '2022'",
        "SELECT name FROM customers WHERE joined >= '2022-01-01' AND joined < '2023-01-01'",
    ),
    Pair(
        "the present",
        SHOP,
        "SELECT name FROM customers WHERE joined >= DATE('now', '-30 days')",
        "SELECT name FROM customers WHERE joined >= DATE(CURRENT_TIMESTAMP, '-30 days')",
    ),
    Pair(
        "a prefix",
        SHOP,
        "SELECT name FROM customers WHERE city LIKE 'San%'",
        "SELECT name FROM customers WHERE LOWER(SUBSTR(city, 1, 3)) = 'san'",
    ),
    Pair(
        "the first few, ordered by a unique key",
        SHOP,
        "SELECT name FROM customers ORDER BY id LIMIT 3",
        "SELECT name FROM (SELECT * FROM customers ORDER BY id ASC LIMIT 3) ORDER BY id",
    ),
    Pair(
        "the first few, whatever ties",
        SHOP,
        "SELECT name, age FROM customers ORDER BY age DESC LIMIT 3",
        "SELECT c.name, c.age FROM customers c ORDER BY c.age DESC, c.id DESC LIMIT 3",
    ),
    Pair(
        "text in double quotes",
        SHOP,
        "SELECT name FROM customers WHERE city = 'Oslo'",
        'SELECT name FROM customers WHERE city = "Oslo"',
    ),
    Pair(
        "TRUE or 1",
        SHOP,
        "SELECT name FROM customers WHERE is_member = 1",
        "SELECT name FROM customers WHERE is_member = TRUE;",
    ),
    Pair(
        "the order of a concatenation",
        SHOP,
        "SELECT city, GROUP_CONCAT(name, ', ') FROM customers GROUP BY city",
        "SELECT city, GROUP_CONCAT(name, ', ') FROM (SELECT * FROM customers ORDER BY name DESC) GROUP BY city",
    ),
    Pair(
        "HAVING on exact counts",
        SHOP,
        "SELECT customer_id FROM orders GROUP BY customer_id HAVING COUNT(*) > 4",
        "SELECT customer_id FROM orders GROUP BY customer_id HAVING COUNT(*) >= 5",
    ),
    Pair(
        "a superfluous join along a foreign key",
        SHOP,
        "SELECT product FROM items WHERE quantity > 3",
        "SELECT i.product FROM items i JOIN orders o ON i.order_id = o.id WHERE i.quantity > 3",
    ),
]

NEAR_MISSES = [
    Pair(
        "another number", SHOP, "SELECT name FROM customers WHERE age > 30", "SELECT name FROM customers WHERE age > 35"
    ),
    Pair(
        "another text",
        SHOP,
        "SELECT id FROM customers WHERE city = 'Oslo'",
        "SELECT id FROM customers WHERE city = 'oslo'",
    ),
    Pair("< for <=", SHOP, "SELECT id FROM orders WHERE amount <= 99.5", "SELECT id FROM orders WHERE amount < 99.5"),
    Pair(
        "> for >=, of dates",
        SHOP,
        "SELECT id FROM customers WHERE joined >= '2022-03-01'",
        "SELECT id FROM customers WHERE joined > '2022-03-01'",
    ),
    Pair(
        "BETWEEN leaves out an end",
        SHOP,
        "SELECT id FROM customers WHERE age BETWEEN 30 AND 40",
        "SELECT id FROM customers WHERE age >= 30 AND age < 40",
    ),
    Pair(
        "INNER for LEFT JOIN",
        SHOP,
        "SELECT c.name, o.amount FROM customers c LEFT JOIN orders o ON o.customer_id = c.id",
        "SELECT c.name, o.amount FROM customers c JOIN orders o ON o.customer_id = c.id",
    ),
    Pair(
        "INNER for LEFT JOIN, counting",
        SHOP,
        "SELECT c.name, COUNT(o.id) FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id",
        "SELECT c.name, COUNT(o.id) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id",
    ),
    Pair(
        "COUNT(*) of a LEFT JOIN",
        SHOP,
        "SELECT c.name, COUNT(o.id) FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id",
        "SELECT c.name, COUNT(*) FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id",
    ),
    Pair(
        "a condition in ON or in WHERE",
        SHOP,
        "SELECT c.name, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND o.status = 'paid'",
        "SELECT c.name, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.status = 'paid'",
    ),
    Pair("DISTINCT missing", SHOP, "SELECT DISTINCT city FROM customers", "SELECT city FROM customers"),
    Pair(
        "DISTINCT missing after a join",
        SHOP,
        "SELECT DISTINCT c.id, c.name FROM customers c JOIN orders o ON o.customer_id = c.id",
        "SELECT c.id, c.name FROM customers c JOIN orders o ON o.customer_id = c.id",
    ),
    Pair("COUNT of a column with nulls", SHOP, "SELECT COUNT(*) FROM customers", "SELECT COUNT(city) FROM customers"),
    Pair("COUNT(DISTINCT)", SHOP, "SELECT COUNT(DISTINCT city) FROM customers", "SELECT COUNT(city) FROM customers"),
    Pair("AVG for SUM", SHOP, "SELECT SUM(amount) FROM orders", "SELECT AVG(amount) FROM orders"),
    Pair("MIN for MAX", SHOP, "SELECT MAX(age) FROM customers", "SELECT MIN(age) FROM customers"),
    Pair(
        "the wrong direction",
        SHOP,
        "SELECT name FROM customers ORDER BY age DESC",
        "SELECT name FROM customers ORDER BY age",
    ),
    Pair("not ordered", SHOP, "SELECT name, age FROM customers ORDER BY age", "SELECT name, age FROM customers"),
    Pair(
        "one of two keys",
        SHOP,
        "SELECT name, city, age FROM customers ORDER BY city, age",
        "SELECT name, city, age FROM customers ORDER BY city",
    ),
    Pair(
        "keys exchanged",
        SHOP,
        "SELECT name FROM customers ORDER BY city, age",
        "SELECT name FROM customers ORDER BY age, city",
    ),
    Pair("an extra column", SHOP, "SELECT name FROM customers", "SELECT name, age FROM customers"),
    Pair("columns exchanged", SHOP, "SELECT name, city FROM customers", "SELECT city, name FROM customers"),
    Pair("another column", STAFF, "SELECT employee_id FROM employees", "SELECT manager_id FROM employees"),
    Pair(
        "UNION ALL for UNION",
        SHOP,
        "SELECT city FROM customers UNION SELECT status FROM orders",
        "SELECT city FROM customers UNION ALL SELECT status FROM orders",
    ),
    Pair(
        "HAVING left out",
        SHOP,
        "SELECT city, COUNT(*) FROM customers GROUP BY city HAVING COUNT(*) > 3",
        "SELECT city, COUNT(*) FROM customers GROUP BY city",
    ),
    Pair(
        "HAVING off by one",
        SHOP,
        "SELECT city FROM customers GROUP BY city HAVING COUNT(*) > 12",
        "SELECT city FROM customers GROUP BY city HAVING COUNT(*) >= 12",
    ),
    Pair(
        "HAVING off by one after joins",
        SHOP,
        "SELECT c.name FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.status = 'paid' "
        "AND o.amount > 100 GROUP BY c.id, c.name HAVING COUNT(*) > 6",
        "SELECT c.name FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.status = 'paid' "
        "AND o.amount > 100 GROUP BY c.id, c.name HAVING COUNT(*) >= 6",
    ),
    Pair(
        "HAVING on a sum, off by the boundary",
        SHOP,
        "SELECT customer_id FROM orders GROUP BY customer_id HAVING SUM(amount) > 500",
        "SELECT customer_id FROM orders GROUP BY customer_id HAVING SUM(amount) >= 500",
    ),
    Pair(
        "AND before OR",
        SHOP,
        "SELECT id FROM customers WHERE (city = 'Oslo' OR city = 'Lima') AND age > 30",
        "SELECT id FROM customers WHERE city = 'Oslo' OR city = 'Lima' AND age > 30",
    ),
    Pair(
        "one of four conditions missing",
        SHOP,
        "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id "
        "WHERE c.city = 'Oslo' AND c.age > 30 AND o.status = 'paid' AND o.amount > 100",
        "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id "
        "WHERE c.city = 'Oslo' AND c.age > 30 AND o.amount > 100",
    ),
    Pair(
        "the join condition missing",
        SHOP,
        "SELECT c.name, o.amount FROM customers c JOIN orders o ON o.customer_id = c.id",
        "SELECT c.name, o.amount FROM customers c JOIN orders o",
    ),
    Pair(
        "joined by the wrong column",
        SHOP,
        "SELECT c.name, o.amount FROM customers c JOIN orders o ON o.customer_id = c.id",
        "SELECT c.name, o.amount FROM customers c JOIN orders o ON o.id = c.id",
    ),
    Pair(
        "joined by the wrong column, no key declared",
        STAFF,
        "SELECT e.name, d.title FROM employees e JOIN departments d ON e.department_id = d.department_id",
        "SELECT e.name, d.title FROM employees e JOIN departments d ON e.manager_id = d.department_id",
    ),
    Pair(
        "LIKE for =",
        SHOP,
        "SELECT id FROM customers WHERE city = 'Oslo'",
        "SELECT id FROM customers WHERE city LIKE '%Oslo%'",
    ),
    Pair(
        "LIKE without a wildcard",
        SHOP,
        "SELECT id FROM customers WHERE city = 'Oslo'",
        "SELECT id FROM customers WHERE city LIKE 'Oslo'",
    ),
    Pair(
        "a prefix for a part",
        SHOP,
        "SELECT id FROM customers WHERE city LIKE '%burg%'",
        "SELECT id FROM customers WHERE city LIKE 'burg%'",
    ),
    Pair(
        "NOT IN with nulls",
        SHOP,
        "SELECT name FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)",
        "SELECT name FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)",
    ),
    Pair(
        "<> and nulls",
        SHOP,
        "SELECT id FROM customers WHERE city <> 'Oslo' OR city IS NULL",
        "SELECT id FROM customers WHERE city <> 'Oslo'",
    ),
    Pair(
        "IS NULL for an empty text",
        SHOP,
        "SELECT id FROM customers WHERE city IS NULL",
        "SELECT id FROM customers WHERE city = ''",
    ),
    Pair(
        "HAVING for WHERE",
        SHOP,
        "SELECT city, AVG(age) FROM customers WHERE age > 30 GROUP BY city",
        "SELECT city, AVG(age) FROM customers GROUP BY city HAVING AVG(age) > 30",
    ),
    Pair(
        "another LIMIT",
        SHOP,
        "SELECT name FROM customers ORDER BY id LIMIT 5",
        "SELECT name FROM customers ORDER BY id LIMIT 6",
    ),
    Pair(
        "LIMIT missing",
        SHOP,
        "SELECT name FROM customers ORDER BY joined DESC LIMIT 10",
        "SELECT name FROM customers ORDER BY joined DESC",
    ),
    Pair("LIMIT missing, not ordered", SHOP, "SELECT name FROM customers LIMIT 10", "SELECT name FROM customers"),
    Pair(
        "OFFSET missing",
        SHOP,
        "SELECT id FROM orders ORDER BY amount DESC LIMIT 1 OFFSET 1",
        "SELECT id FROM orders ORDER BY amount DESC LIMIT 1",
    ),
    Pair(
        "first only, of several best",
        STAFF,
        "SELECT name FROM employees WHERE salary = (SELECT MAX(salary) FROM employees)",
        "SELECT name FROM employees ORDER BY salary DESC LIMIT 1",
    ),
    Pair(
        "the average of all, not of the group",
        STAFF,
        "SELECT name FROM employees e WHERE salary > "
        "(SELECT AVG(salary) FROM employees x WHERE x.department_id = e.department_id)",
        "SELECT name FROM employees WHERE salary > (SELECT AVG(salary) FROM employees)",
    ),
    Pair(
        ">= in a self join",
        STAFF,
        "SELECT e.name FROM employees e JOIN employees m ON e.manager_id = m.employee_id WHERE e.salary > m.salary",
        "SELECT e.name FROM employees e JOIN employees m ON e.manager_id = m.employee_id WHERE e.salary >= m.salary",
    ),
    Pair(
        "another month",
        SHOP,
        "SELECT id FROM orders WHERE strftime('%Y-%m', ordered_at) = '2023-11'",
        "SELECT id FROM orders WHERE strftime('%m', ordered_at) = '11'",
    ),
    Pair(
        "the last day of a range of moments",
        SHOP,
        "SELECT id FROM orders WHERE DATE(ordered_at) BETWEEN '2023-01-01' AND '2023-01-31'",
        "SELECT id FROM orders WHERE ordered_at BETWEEN '2023-01-01' AND '2023-01-31'",
    ),
    Pair(
        "other days before the present",
        SHOP,
        "SELECT id FROM customers WHERE joined >= DATE('now', '-30 days')",
        "SELECT id FROM customers WHERE joined >= DATE('now', '-31 days')",
    ),
    Pair(
        "whole-number division",
        STAFF,
        "SELECT department_id, SUM(salary) * 1.0 / COUNT(*) FROM employees GROUP BY department_id",
        "SELECT department_id, SUM(salary) / COUNT(*) FROM employees GROUP BY department_id",
    ),
    Pair("a number for a text", SHOP, "SELECT quantity FROM items", "SELECT CAST(quantity AS TEXT) FROM items"),
    Pair(
        "grouped further",
        SHOP,
        "SELECT city, COUNT(*) FROM customers GROUP BY city",
        "SELECT city, COUNT(*) FROM customers GROUP BY city, age",
    ),
    Pair("a sum without the quantity", SHOP, "SELECT SUM(quantity * price) FROM items", "SELECT SUM(price) FROM items"),
    Pair(
        "INTERSECT for UNION",
        SHOP,
        "SELECT id FROM customers UNION SELECT customer_id FROM orders",
        "SELECT id FROM customers INTERSECT SELECT customer_id FROM orders",
    ),
    Pair(
        "another label of a CASE",
        SHOP,
        "SELECT CASE WHEN age > 64 THEN 'senior' ELSE 'adult' END FROM customers",
        "SELECT CASE WHEN age > 65 THEN 'senior' ELSE 'adult' END FROM customers",
    ),
    Pair(
        "nulls counted as nothing",
        SHOP,
        "SELECT AVG(age) FROM customers",
        "SELECT AVG(COALESCE(age, 0)) FROM customers",
    ),
]
