package cloudwatch

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
)

// A token says where the next page starts, and is good for the same request
// alone: eight bytes of offset, and eight of the request's hash.
const tokenSize = 16

func requestHash(request []any) ([]byte, error) {
	text, err := json.Marshal(request)
	sum := sha256.Sum256(text)
	return sum[:8], err
}

// startOf is where the page of a token starts.
func startOf(token string, request ...any) (int, error) {
	if token == "" {
		return 0, nil
	}
	hash, err := requestHash(request)
	if err != nil {
		return 0, err
	}
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(data) != tokenSize || string(data[8:]) != string(hash) {
		return 0, invalid(invalidToken, "The next token is not one of this request.")
	}
	return int(binary.BigEndian.Uint64(data) & (1<<62 - 1)), nil
}

func tokenOf(start int, request ...any) (string, error) {
	hash, err := requestHash(request)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(binary.BigEndian.AppendUint64(nil, uint64(start)), hash...)), nil
}

// page is the part of the items that the token asks for, and the token of the
// next one, "" at the end.
func page[T any](items []T, size int, token string, request ...any) ([]T, string, error) {
	start, err := startOf(token, request...)
	if err != nil {
		return nil, "", err
	}
	start = min(start, len(items))
	end := min(start+size, len(items))
	if end == len(items) {
		return items[start:end], "", nil
	}
	next, err := tokenOf(end, request...)
	return items[start:end], next, err
}

// pageSize is MaxRecords, or the most where it is left out.
func pageSize(wanted *int, usual, most int) (int, error) {
	switch {
	case wanted == nil:
		return usual, nil
	case *wanted < 1 || *wanted > most:
		return 0, invalid(validation, "MaxRecords is to be from 1 to %d.", most)
	}
	return *wanted, nil
}
