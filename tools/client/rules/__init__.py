"""Pure rules of the client's ledgers: from rows and `now` to a result."""
