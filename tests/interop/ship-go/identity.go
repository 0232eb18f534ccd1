package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/enbility/ship-go/cert"
)

// loadIdentity takes the certificate from dir, or makes one and leaves it there. Without a
// directory the identity is gone when the process ends.
func loadIdentity(dir, shipID string) (tls.Certificate, string, error) {
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if dir != "" {
		loaded, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err == nil {
			return withSKI(loaded)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return tls.Certificate{}, "", err
		}
	}
	made, err := cert.CreateCertificate("", "", "", shipID)
	if err == nil && dir != "" {
		err = save(made, dir, certFile, keyFile)
	}
	if err != nil {
		return tls.Certificate{}, "", err
	}
	return withSKI(made)
}

func save(made tls.Certificate, dir, certFile, keyFile string) error {
	key, err := x509.MarshalPKCS8PrivateKey(made.PrivateKey)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	if err := os.WriteFile(keyFile, keyPEM, 0o600); err != nil {
		return err
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.Certificate[0]})
	return os.WriteFile(certFile, certPEM, 0o644)
}

func withSKI(identity tls.Certificate) (tls.Certificate, string, error) {
	leaf, err := x509.ParseCertificate(identity.Certificate[0])
	if err != nil {
		return identity, "", err
	}
	ski, err := cert.SkiFromCertificate(leaf)
	return identity, ski, err
}
