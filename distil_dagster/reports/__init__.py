"""What people read: tables in a terminal, small pictures for Dagster's UI, and a web page that needs no network."""
