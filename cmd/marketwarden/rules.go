package main

type rulesCmd struct{}

func (c *rulesCmd) Run(a *app) error { return usageError("rules is under construction") }
