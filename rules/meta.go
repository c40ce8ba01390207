package rules

// Meta is what rulebook.yaml says of a rule.
type Meta struct {
	ID    string
	Scope Scope
}

// Params are the parameters of all rules, with their defaults from rulebook.yaml.
type Params struct{}
