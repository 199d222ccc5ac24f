package ledger

// factEntry is the kind of a fact in the log.
const factEntry = "fact"
