// Package terms finds claims and other wordings in Chinese and English text by term
// files: YAML in which every term carries its own examples.
//
// A word alone proves nothing ("最大连接数"), so a term has three parts: anchors, the
// words themselves, which are looked for everywhere in one pass; claim patterns, one of
// which must hold around the anchor (none listed: the anchor is enough); and not
// patterns, none of which may hold. Evidence patterns tell that the text names a proof,
// which makes a violation a suspicion.
//
// Patterns see one sentence in plain form: without characters that show nothing, compatibility
// and traditional characters as simplified ones, letters in lower case, punctuation of
// full width in ASCII, and without separators that were put into words ("最 优", "最·优").
// What is found is given by its place in the text as it was.
//
// A Set is made by Load, which runs all examples and refuses a file whose examples do
// not come out, or which has parts that no example needs. It is immutable and safe for
// concurrent use.
//
// Read makes a text ready once for all sets that look at it (FindIn); Find does both.
//
// Finding takes time linear in the text, whatever the text is: patterns look at a bounded
// window around an anchor, only those of which a literal stands in it are run, and at most
// so many anchors of a text are judged. The package
// knows words only: whose words they are, in which field they stand and what follows is
// for the rules to say. It folds no homophones but the few listed in variants.go and no
// letters that look like others.
package terms
