//! Percent-encoding of UTF-8, as addresses have it: RFC 3986,
//! <https://datatracker.ietf.org/doc/html/rfc3986#section-2.1>.

/// A text as it may stand in a path or behind `?`: all but unreserved characters encoded.
pub fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Undoes [`encoded`]. What is not encoded stays as it is; what is no UTF-8 is replaced.
pub fn decoded(text: &str) -> String {
    let hex = |digit: u8| char::from(digit).to_digit(16);
    let mut parts = text.split('%').map(str::as_bytes);
    let mut bytes = parts.next().unwrap_or_default().to_vec();
    for part in parts {
        let code = match part {
            [high, low, ..] => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match code {
            Some((high, low)) => {
                bytes.push((high * 16 + low) as u8);
                bytes.extend_from_slice(&part[2..]);
            }
            None => {
                bytes.push(b'%');
                bytes.extend_from_slice(part);
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_the_way_into_an_address_and_back() {
        for text in ["Mara Lindqvist", "a&b=c?#", "größe 日本", "100%"] {
            assert_eq!(decoded(&encoded(text)), text);
            let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"%-._~".contains(&byte);
            assert!(encoded(text).bytes().all(kept));
        }
    }

    #[test]
    fn what_is_no_percent_encoding_is_left_alone() {
        for text in ["100%", "%zz", "%4", "%+4"] {
            assert_eq!(decoded(text), text);
        }
        assert_eq!(decoded("%ff"), "\u{fffd}");
    }
}
