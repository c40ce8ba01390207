package main

type checkCmd struct{}

func (c *checkCmd) Run(a *app) error { return usageError("check is under construction") }
