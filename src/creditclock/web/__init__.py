"""HTTP: REST from the operations table, problems, who is calling, the API's description."""
