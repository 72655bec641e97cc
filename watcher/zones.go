package watcher

import (
	"fmt"
	"strconv"
	"strings"
)

// zone reads the dynamic_name_timezone of a search or an index action and
// gives it as the server writes it: by java.time from 7.0 on (normalised: a
// fixed offset is written as such), by Joda before.
func (r *reader) zone(text string) (string, error) {
	if !r.javaTime {
		return jodaZone(text)
	}
	old := map[string]string{"EST": "-05:00", "HST": "-10:00", "MST": "-07:00", "ROC": "Asia/Taipei", "Eire": "Europe/London"}
	if now, ok := old[text]; ok {
		return now, nil
	}
	id, err := javaZone(text)
	if err != nil {
		return "", err
	}
	return fixedZone(id), nil
}

// javaZone is ZoneId.of.
func javaZone(text string) (string, error) {
	switch {
	case text == "Z" || text == "UTC" || text == "GMT" || text == "UT":
		return text, nil
	case strings.HasPrefix(text, "+") || strings.HasPrefix(text, "-"):
		return zoneOffset(text)
	case len(text) < 2:
		return "", faultf(typeDateTime, "Invalid zone: %s", text)
	}
	for _, prefix := range [...]string{"UTC", "GMT", "UT"} {
		rest, ok := strings.CutPrefix(text, prefix)
		if !ok || rest == "" || rest[0] != '+' && rest[0] != '-' {
			continue
		}
		if _, known := zoneByLower(text); known {
			break
		}
		offset, err := zoneOffset(rest)
		if err != nil {
			return "", err
		}
		return prefix + strings.TrimPrefix(offset, "Z"), nil
	}
	if !isZoneName(text) {
		return "", faultf(typeDateTime, "Invalid ID for region-based ZoneId, invalid format: %s", text)
	}
	if name, ok := zoneByLower(text); ok && name == text {
		return name, nil
	}
	return "", faultf(typeZoneRules, "Unknown time-zone ID: %s", text)
}

// zoneAnyCase is how the schedule's timezone is read (8.18 on).
func zoneAnyCase(text string) (string, error) {
	id, err := javaZone(text)
	if err == nil {
		return id, nil
	}
	if name, ok := zoneByLower(text); ok {
		return name, nil
	}
	return "", err
}

func zoneByLower(text string) (string, bool) {
	for name := range strings.FieldsSeq(zoneNames) {
		if strings.EqualFold(name, text) {
			return name, true
		}
	}
	return "", false
}

func isZoneName(text string) bool {
	for i, c := range text {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789~/._+-", c)) {
			return false
		}
	}
	return true
}

// zoneOffset is ZoneOffset.of: +h, +hh, +hh:mm, +hhmm and the same with
// seconds. It gives Z for no offset.
func zoneOffset(text string) (string, error) {
	bad := faultf(typeDateTime, "Invalid ID for ZoneOffset, invalid format: %s", text)
	digits := text[1:]
	parts := strings.Split(digits, ":")
	if len(parts) == 1 && len(digits)%2 == 0 {
		parts = nil
		for i := 0; i < len(digits); i += 2 {
			parts = append(parts, digits[i:i+2])
		}
	}
	if len(parts) == 1 && len(parts[0]) == 1 {
		parts[0] = "0" + parts[0]
	}
	if len(parts) == 0 || len(parts) > 3 {
		return "", bad
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 8)
		if err != nil || len(p) != 2 {
			return "", bad
		}
		n[i] = int(v)
	}
	return formatOffset(text[:1], n)
}

func formatOffset(sign string, n [3]int) (string, error) {
	switch {
	case n[0] > 18:
		return "", faultf(typeDateTime, "Zone offset hours not in valid range: value %s%d is not in the range -18 to 18", strings.TrimPrefix(sign, "+"), n[0])
	case n[1] > 59:
		return "", faultf(typeDateTime, "Zone offset minutes not in valid range: value %s%d is not in the range -59 to 59", strings.TrimPrefix(sign, "+"), n[1])
	case n[2] > 59:
		return "", faultf(typeDateTime, "Zone offset seconds not in valid range: value %s%d is not in the range -59 to 59", strings.TrimPrefix(sign, "+"), n[2])
	case n[0] == 18 && n[1]+n[2] > 0:
		return "", faultf(typeDateTime, "Zone offset not in valid range: -18:00 to +18:00")
	case n == [3]int{}:
		return "Z", nil
	case n[2] > 0:
		return fmt.Sprintf("%s%02d:%02d:%02d", sign, n[0], n[1], n[2]), nil
	default:
		return fmt.Sprintf("%s%02d:%02d", sign, n[0], n[1]), nil
	}
}

// fixedZone is ZoneId.normalized: a zone with one offset for ever is that
// offset.
func fixedZone(id string) string {
	switch strings.TrimPrefix(id, "Etc/") {
	case "Z", "UTC", "GMT", "UT", "UCT", "Zulu", "Universal", "Greenwich", "GMT0", "GMT+0", "GMT-0":
		return "Z"
	}
	if rest, ok := strings.CutPrefix(id, "Etc/GMT"); ok {
		// The signs of these names are the other way round.
		sign := map[byte]string{'+': "-", '-': "+"}[rest[0]]
		if offset, err := zoneOffset(sign + rest[1:]); err == nil {
			return offset
		}
	}
	for _, prefix := range [...]string{"UTC", "GMT", "UT"} {
		if rest, ok := strings.CutPrefix(id, prefix); ok && rest != "" {
			return rest
		}
	}
	return id
}

func jodaZone(text string) (string, error) {
	if text == "UTC" {
		return text, nil
	}
	if len(text) > 2 && (text[0] == '+' || text[0] == '-') {
		if offset, err := zoneOffset(text); err == nil {
			if offset == "Z" {
				return "UTC", nil
			}
			return offset, nil
		}
	}
	if name, ok := zoneByLower(text); ok && name == text {
		return name, nil
	}
	return "", faultf(typeArgument, "The datetime zone id '%s' is not recognised", text)
}
