//! Installation QR text (SRIP 3.1).
