package textfold

// plainScript reports whether r is of the runs of characters that make up nearly all
// Chinese text and never fold, so that they need no look-up.
func plainScript(r rune) bool {
	return 0x4E00 <= r && r <= 0x9FFF || // CJK unified ideographs
		0x3041 <= r && r <= 0x3096 || // hiragana
		0xAC00 <= r && r <= 0xD7A3 || // hangul syllables
		r == '、'
}

// invisible reports whether r shows nothing by itself: Unicode's default ignorable code
// points, and the marks that enclose a keycap.
func invisible(r rune) bool {
	switch {
	case r < 0xAD:
		return false
	case r == 0xAD, r == 0x34F, r == 0x61C, r == 0x115F, r == 0x1160, r == 0x17B4, r == 0x17B5,
		0x180B <= r && r <= 0x180F,
		0x200B <= r && r <= 0x200F, // zero-width and directional marks
		0x202A <= r && r <= 0x202E, // directional embeddings and overrides
		0x2060 <= r && r <= 0x206F,
		0x20DD <= r && r <= 0x20E0, 0x20E2 <= r && r <= 0x20E4, // enclosing marks
		r == 0x3164,
		0xFE00 <= r && r <= 0xFE0F, // variation selectors
		r == 0xFEFF, r == 0xFFA0, 0xFFF0 <= r && r <= 0xFFFB,
		0x1BCA0 <= r && r <= 0x1BCA3, 0x1D173 <= r && r <= 0x1D17A,
		0xE0000 <= r && r <= 0xE0FFF: // tags and more variation selectors
		return true
	}
	return false
}

// ascii gives the one or two ASCII characters (second is 0 when there is one) that r
// stands for, where arithmetic tells: full-width forms, and the circled and squared ones
// that have no compatibility mapping.
func ascii(r rune) (first, second byte, ok bool) {
	switch {
	case r == 0x3002 || r == 0xFF61 || r == 0xFE12: // 。 ｡ ︒
		return '.', 0, true
	case 0xFF01 <= r && r <= 0xFF5E: // full-width ! to ~
		return lower(byte(r - 0xFF01 + '!')), 0, true
	case 0x2776 <= r && r <= 0x277F: // ❶ to ❿
		return number(r - 0x2776 + 1)
	case 0x2780 <= r && r <= 0x2789: // ➀ to ➉
		return number(r - 0x2780 + 1)
	case 0x278A <= r && r <= 0x2793: // ➊ to ➓
		return number(r - 0x278A + 1)
	case 0x24EB <= r && r <= 0x24F4: // ⓫ to ⓴
		return number(r - 0x24EB + 11)
	case 0x24F5 <= r && r <= 0x24FE: // ⓵ to ⓾
		return number(r - 0x24F5 + 1)
	case r == 0x24FF || r == 0x1F10B || r == 0x1F10C: // ⓿ 🄋 🄌
		return '0', 0, true
	case 0x1F150 <= r && r <= 0x1F169: // 🅐 to 🅩
		return byte(r - 0x1F150 + 'a'), 0, true
	case 0x1F170 <= r && r <= 0x1F189: // 🅰 to 🆉
		return byte(r - 0x1F170 + 'a'), 0, true
	}
	return 0, 0, false
}

// number writes 1 to 20.
func number(n rune) (first, second byte, ok bool) {
	const digits = "0123456789"
	if n < 10 {
		return digits[n], 0, true
	}
	return digits[n/10], digits[n%10], true
}

// LookAlike is the lower-case Latin letter that r, a letter of another script, looks like;
// r itself where it looks like none. It is what FoldOptions.Homoglyphs does.
func LookAlike(r rune) rune { return latin(r) }

// latin is the lower-case Latin letter that r looks like, or r. Letters are listed by
// the shape that a reader takes them for in an address, not by their sound.
func latin(r rune) rune {
	switch r {
	case 'а', 'А', 'α', 'Α', 'ɑ':
		return 'a'
	case 'в', 'В', 'β', 'Β', 'Ь', 'ь', 'ʙ':
		return 'b'
	case 'с', 'С', 'ϲ', 'Ϲ', 'ᴄ':
		return 'c'
	case 'ԁ', 'Ԁ', 'ᴅ':
		return 'd'
	case 'е', 'Е', 'ё', 'Ё', 'ε', 'Ε', 'ᴇ', 'є':
		return 'e'
	case 'ɡ', 'ց', 'ɢ':
		return 'g'
	case 'һ', 'Һ', 'н', 'Н', 'Η', 'հ', 'ʜ':
		return 'h'
	case 'і', 'І', 'ї', 'Ї', 'ι', 'Ι', 'ı', 'ɩ', 'ɪ':
		return 'i'
	case 'ј', 'Ј', 'ϳ', 'Ϳ', 'ᴊ':
		return 'j'
	case 'к', 'К', 'κ', 'Κ', 'ᴋ':
		return 'k'
	case 'ӏ', 'Ӏ', 'ʟ':
		return 'l'
	case 'м', 'М', 'Μ', 'ᴍ':
		return 'm'
	case 'η', 'Ν', 'ո', 'ɴ', 'п':
		return 'n'
	case 'о', 'О', 'ο', 'Ο', 'օ', 'ᴏ', 'σ':
		return 'o'
	case 'р', 'Р', 'ρ', 'Ρ', 'ᴘ':
		return 'p'
	case 'ԛ', 'Ԛ', 'զ':
		return 'q'
	case 'г', 'ʀ', 'ᴦ':
		return 'r'
	case 'ѕ', 'Ѕ', 'ꜱ':
		return 's'
	case 'т', 'Т', 'τ', 'Τ', 'ᴛ':
		return 't'
	case 'υ', 'ս', 'ᴜ':
		return 'u'
	case 'ν', 'ѵ', 'Ѵ', 'ᴠ':
		return 'v'
	case 'ԝ', 'Ԝ', 'ω', 'ᴡ', 'ѡ':
		return 'w'
	case 'х', 'Х', 'χ', 'Χ':
		return 'x'
	case 'у', 'У', 'ү', 'Ү', 'γ', 'Υ', 'ʏ':
		return 'y'
	case 'Ζ', 'ᴢ':
		return 'z'
	}
	return r
}
