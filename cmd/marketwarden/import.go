package main

type importCmd struct{}

func (c *importCmd) Run(a *app) error { return usageError("import is under construction") }
