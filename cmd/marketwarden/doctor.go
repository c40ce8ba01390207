package main

type doctorCmd struct{}

func (c *doctorCmd) Run(a *app) error { return usageError("doctor is under construction") }
