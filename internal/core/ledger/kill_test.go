package ledger_test

func child() {}
