// Package terms finds claims and other wordings in Chinese and English text by term
// files: YAML in which every term carries its own examples.
//
// A word alone proves nothing ("最大连接数"), so a term has three parts: anchors, the
// words themselves, which are looked for everywhere in one pass; claim patterns, one of
// which must hold around the anchor (none listed: the anchor is enough); and not
// patterns, none of which may hold. Evidence patterns tell that the text names a proof,
// which makes a violation a suspicion.
//
// Not and evidence patterns have the id of an exemption, and so what they rest on (a guide
// of the regulator, a rule of the house). What was exempted is kept: LookIn gives it apart
// from the hits, and Explain says of every anchor what became of it.
//
// Patterns see one sentence in plain form: without characters that show nothing, compatibility
// and traditional characters as simplified ones, letters in lower case, punctuation of
// full width in ASCII, words of look-alike letters in Latin ones ("ТОР1"), and without
// separators and symbols that were put into words ("最 优", "最❤优", "T O P 1"): those
// between ideographs of an anchor, or between characters that all stand alone. What is
// found is given by its place in the text as it was, and is in disguise where it is not
// written as the anchor is.
//
// A Set is made by Load, which runs all examples and refuses a file whose examples do
// not come out, or which has parts that no example needs, with line and column. Known gaps
// stand in the file too, and one that has closed is an error. Files that come with the
// program pass the same gate when they are tested, not at every start (Shipped). A Set is
// immutable and safe for concurrent use. Files of operators are of the same form and pass the same gate.
//
// Read makes a text ready once for all sets that look at it (FindIn); Find does both.
//
// Finding takes time linear in the text, whatever the text is: patterns look at a bounded
// window around an anchor, only those of which a literal stands in it are run, and at most
// so many anchors of a text are judged. The package
// knows words only: whose words they are, in which field they stand and what follows is
// for the rules to say. It folds no homophones but the few listed in variants.go.
package terms
