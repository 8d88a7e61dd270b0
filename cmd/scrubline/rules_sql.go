package main

type rulesSQLCmd struct{}

func (c *rulesSQLCmd) Run() error { return nil }
