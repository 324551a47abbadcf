"""What is remembered: schema, migrations, the working set, dialect differences."""
