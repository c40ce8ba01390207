package main

type sweepsCmd struct{}

func (c *sweepsCmd) Run(a *app) error { return usageError("sweeps is under construction") }
