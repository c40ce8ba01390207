package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"marketwarden/internal/record"
)

// contactKind is what a contact detail is. It enters discriminators.
type contactKind string

const (
	contactMobile contactKind = "mobile"
	contactPhone  contactKind = "phone" // landlines and service numbers (400, 800)
	contactMail   contactKind = "mail"
	contactWeChat contactKind = "wechat"
	contactQQ     contactKind = "qq"
	contactGroup  contactKind = "group"     // of QQ or WeChat
	contactOther  contactKind = "messenger" // Telegram, WhatsApp, Skype, LINE
	contactBank   contactKind = "bank"      // a bank card that money is sent to
	// contactIdentity is an identity number. It gets nobody in touch and is no fault by
	// itself; it is found so that it is masked where words are quoted, and taken for nothing
	// else.
	contactIdentity contactKind = "identity"
)

func (k contactKind) text() record.Text {
	switch k {
	case contactMobile:
		return record.Text{ZH: "手机号", EN: "mobile number"}
	case contactPhone:
		return record.Text{ZH: "电话号码", EN: "telephone number"}
	case contactMail:
		return record.Text{ZH: "邮箱", EN: "e-mail address"}
	case contactWeChat:
		return record.Text{ZH: "微信号", EN: "WeChat account"}
	case contactQQ:
		return record.Text{ZH: "QQ 号", EN: "QQ number"}
	case contactGroup:
		return record.Text{ZH: "群号", EN: "number of a chat group"}
	case contactOther:
		return record.Text{ZH: "即时通讯账号", EN: "messenger account"}
	case contactBank:
		return record.Text{ZH: "银行卡号", EN: "number of a bank card"}
	case contactIdentity:
		return record.Text{ZH: "身份证号", EN: "identity number"}
	}
	return record.Same(string(k))
}

// contact is a contact detail written in a text.
type contact struct {
	start, end int // bytes of the text looked at
	kind       contactKind
	value      string // normalised: plain digits without country code, small letters
	// cued: words just before it say that it is one ("电话", "加微信", "QQ群").
	cued bool
	// sample: what everybody writes as an example (13800138000, name@example.com), or
	// what stands in code. It counts only where words ask people to use it.
	sample bool
	// disguised: written so that a program overlooks it.
	disguised bool
}

// key names the contact detail in a discriminator. Of the value, which may be a person's,
// only a short hash is kept: enough to tell apart the few of one listing, and shared by
// too many numbers to lead back to one.
func (c *contact) key() string {
	sum := sha256.Sum256([]byte(string(c.kind) + ":" + c.value))
	return string(c.kind) + ":" + hex.EncodeToString(sum[:3])
}

// masked is the value as reports and notices show it, its middle left out.
func (c *contact) masked() string {
	v := c.value
	switch c.kind {
	case contactMobile:
		return maskMiddle(v, 3, 4)
	case contactPhone:
		if strings.HasPrefix(v, "0") {
			n := areaCode(v)
			return v[:n] + "-" + maskMiddle(v[n:], 0, 4)
		}
		return maskMiddle(v, 3, 3)
	case contactMail:
		local, host, _ := strings.Cut(v, "@")
		return maskMiddle(local, 1, 0) + "@" + host
	case contactBank:
		return maskMiddle(v, 4, 4)
	case contactIdentity:
		return maskMiddle(v, 3, 1)
	case contactWeChat, contactQQ, contactGroup, contactOther:
	}
	return maskMiddle(v, 2, 2)
}

// maskMiddle keeps the first and the last bytes of an ASCII value. A value so short that
// nothing would be left out loses all but its first byte.
func maskMiddle(v string, first, last int) string {
	if len(v) <= first+last {
		first, last = min(1, len(v)), 0
	}
	return v[:first] + "****" + v[len(v)-last:]
}

// contactSigns say what of a text is worth a closer look.
type contactSigns struct {
	digits bool // as many digits of any script as a telephone number has, with little between them
	at     bool // the sign of an e-mail address
	handle bool // a word that stands before an account, and something like one after it
	loose  bool // digits enough for a mobile number that something stands between
}

// inspect reads a text once. Most texts hold no signs and cost no more than this.
func inspect(s string) contactSigns {
	var out contactSigns
	run, all := 0, 0 // digits in a row, and in all
	for i := 0; i < len(s); {
		c := s[i]
		digit, size := false, 1
		switch {
		case isDigit(c):
			digit = true
		case c < utf8.RuneSelf:
			out.at = out.at || c == '@'
			out.handle = out.handle || 'A' <= c && c <= 'z' && beginsHandle(s, i)
		case 0xE4 <= c && c <= 0xE9 && i+3 <= len(s): // Han
			size = 3
			switch hanDigit(s[i : i+3]) {
			case 0:
			case hanHandle:
				out.handle = out.handle || beginsHanHandle(s, i)
			default:
				digit = true
			}
		case wideDigit(s[i:]):
			digit, size = true, min(3, len(s)-i)
		case c == 0xEF:
			out.at = out.at || strings.HasPrefix(s[i:], "＠") || strings.HasPrefix(s[i:], "﹫")
			out.handle = out.handle || wideLetter(s[i:])
		case c == 0xF0: // letters of mathematics and in boxes
			out.handle = true
		}
		switch {
		case digit:
			if all++; all >= looseDigits {
				out.loose = true
			}
			if run++; run >= minNumber {
				out.digits = true
			}
		case run > 0 && separatorLike(c):
		default:
			run = 0
		}
		i += size
	}
	return out
}

// separatorLike reports whether a byte may be of what stands between the digits of a
// number, full-width forms included.
func separatorLike(c byte) bool {
	switch c {
	case ' ', '-', '.', '(', ')', '_', '~', '*', '\'', 0xC2, 0xE2, 0xE3, 0xEF:
		return true
	}
	return 0x80 <= c && c < 0xC0 // inside a character
}

// beginsHandle reports whether a Latin name of a messenger, or the short form of one, may
// begin at i.
func beginsHandle(s string, i int) bool {
	rest := s[i:]
	if len(rest) < 3 {
		return false
	}
	next := rest[1] | 0x20
	switch rest[0] | 0x20 {
	case 'q':
		return (next == 'q' || rest[1] >= utf8.RuneSelf || strings.IndexByte(" -._*+:", rest[1]) >= 0 || i > 0 && s[i-1] >= utf8.RuneSelf) && accountNear(rest[1:])
	case 'v':
		return (next == 'x' || rest[1] >= utf8.RuneSelf || rest[1] == ':' || i > 0 && (s[i-1] == '+' || s[i-1] >= utf8.RuneSelf)) && accountNear(rest[2:])
	case 'w':
		return next == 'x' && accountNear(rest[2:]) || hasFold(rest, "wechat") || hasFold(rest, "weixin") || hasFold(rest, "whatsapp")
	case 't':
		return hasFold(rest, "telegram")
	case 's':
		return hasFold(rest, "skype")
	}
	return false
}

func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// beginsHanHandle reports whether the ideograph at i, which names of messengers begin
// with, begins one here, and something like an account follows.
func beginsHanHandle(s string, i int) bool {
	rest := s[i+3:]
	switch s[i : i+3] {
	case "维":
		if !strings.HasPrefix(rest, "信") {
			return false
		}
	case "扣", "抠", "蔻", "球", "秋":
		if !strings.HasPrefix(rest, s[i:i+3]) {
			return false
		}
	case "徽":
		if !strings.HasPrefix(rest, "信") {
			return false
		}
	case "卫":
		if !strings.HasPrefix(rest, "星") {
			return false
		}
	case "信":
		heart := strings.TrimSuffix(s[:i], "\uFE0F")
		return strings.HasSuffix(heart, "❤") && accountNear(rest)
	case "泡":
		return strings.HasSuffix(s[:i], "绿泡") && accountNear(rest)
	}
	return accountNear(rest)
}

// accountNear reports whether the next words hold as many letters and digits in a row as
// an account has, or some that are not ASCII.
func accountNear(s string) bool {
	n, han := 0, 0
	for i := range min(len(s), handleAfter) {
		if 0xE3 <= s[i] && s[i] <= 0xE9 && i+3 <= len(s) {
			if d := hanDigit(s[i : i+3]); d == 0 || d == hanHandle {
				han = 0
			} else if han++; han == minHandle {
				return true
			}
		}
		switch {
		case s[i] == ' ' && i > 0 && i+1 < len(s) && isDigit(s[i-1]) && isDigit(s[i+1]): // groups of a number
			continue
		case isLabelByte(s[i]):
			if n++; n == minHandle {
				return true
			}
			continue
		case s[i] == 0xEF && (wideLetter(s[i:]) || wideDigit(s[i:])), s[i] == 0xE2 && wideDigit(s[i:]), s[i] == 0xF0:
			return true
		}
		n = 0
	}
	return false
}

// wideLetter reports whether s begins with a full-width Latin letter.
func wideLetter(s string) bool {
	return len(s) > 2 && s[0] == 0xEF && (s[1] == 0xBC && 0xA1 <= s[2] && s[2] <= 0xBA || s[1] == 0xBD && 0x81 <= s[2] && s[2] <= 0x9A)
}

// looseDigits is how many digits are left of a mobile number where letters stand for the
// others.
const looseDigits = 7

// minNumber is how many digits the shortest telephone number has, with its area code.
const minNumber = 10

// wideDigit reports whether s begins with a digit that is not ASCII and folds to it.
func wideDigit(s string) bool {
	if len(s) < 3 {
		return false
	}
	switch s[0] {
	case 0xE2: // superscripts, circled and negative circled numbers
		return s[1] == 0x81 && (s[2] == 0xB0 || 0xB4 <= s[2] && s[2] <= 0xB9) || s[1] == 0x82 && 0x80 <= s[2] && s[2] <= 0x89 ||
			s[1] == 0x91 && (0xA0 <= s[2] && s[2] <= 0xA8 || 0xB4 <= s[2] && s[2] <= 0xBC) || s[1] == 0x93 && s[2] >= 0xAA ||
			s[1] == 0x9D && s[2] >= 0xB6 || s[1] == 0x9E && s[2] <= 0x93
	case 0xE3: // 〇
		return s[1] == 0x80 && s[2] == 0x87
	case 0xEF: // full-width
		return s[1] == 0xBC && 0x90 <= s[2] && s[2] <= 0x99
	case 0xF0: // mathematical and segmented digits, and letters of the same blocks
		return s[1] == 0x9D && s[2] == 0x9F || s[1] == 0x9F && (s[2] == 0x84 || s[2] == 0xAF)
	}
	return false
}

// hanHandle is what hanDigit answers for characters that names of messengers begin with.
const hanHandle = 'h'

// hanDigit is the ASCII digit of a numeral of three bytes, hanHandle for characters that
// names of messengers begin with, 0 for others.
func hanDigit(s string) byte {
	switch s {
	case "微", "薇", "威", "维", "徽", "扣", "抠", "蔻", "球", "秋", "卫", "泡", "信", "鹅", "群", "钉", "飞":
		return hanHandle
	case "零", "〇", "○":
		return '0'
	case "一", "壹", "幺":
		return '1'
	case "二", "贰":
		return '2'
	case "三", "叁":
		return '3'
	case "四", "肆":
		return '4'
	case "五", "伍":
		return '5'
	case "六", "陆":
		return '6'
	case "七", "柒":
		return '7'
	case "八", "捌":
		return '8'
	case "九", "玖":
		return '9'
	}
	return 0
}
