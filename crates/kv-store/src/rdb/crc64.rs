//! CRC-64 with Jones's polynomial, reflected: the checksum of dumps and snapshots.

/// The polynomial 0xad93d23594c935a9 with its bits in reverse order.
const POLYNOMIAL: u64 = 0x95ac_9329_ac4b_c9b5;

/// `TABLES[n][byte]` is the checksum of `byte` followed by `n` zero bytes.
static TABLES: [[u64; 256]; 8] = tables();

const fn tables() -> [[u64; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut zeros = 1;
    while zeros < 8 {
        let mut byte = 0;
        while byte < 256 {
            let shorter: u64 = tables[zeros - 1][byte];
            tables[zeros][byte] = shorter >> 8 ^ tables[0][shorter as usize & 0xff];
            byte += 1;
        }
        zeros += 1;
    }
    tables
}

/// The checksum of bytes of which the first have the checksum `crc` (0 for none) and the others
/// are `bytes`.
pub fn crc64(crc: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    // The checksum is linear: of each byte it is what the byte alone would give with zeros behind it.
    let crc = words.iter().fold(crc, |crc, word| {
        let mixed = (crc ^ u64::from_le_bytes(*word)).to_le_bytes();
        let parts = mixed.iter().zip(TABLES.iter().rev());
        parts.fold(0, |crc, (byte, table)| crc ^ table[usize::from(*byte)])
    });
    rest.iter().fold(crc, |crc, byte| crc >> 8 ^ TABLES[0][(crc as u8 ^ byte) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value() {
        assert_eq!(crc64(0, b"123456789"), 0xe9c6_d914_c4b8_d9ca);
        assert_eq!(crc64(0, b""), 0);
    }

    #[test]
    fn eight_bytes_at_once_are_eight_bytes() {
        let bytes: Vec<u8> = (0..100u8).map(|n| n.wrapping_mul(151)).collect();
        let one_by_one = bytes.iter().fold(0, |crc, byte| crc64(crc, &[*byte]));
        for split in 0..bytes.len() {
            let (head, tail) = bytes.split_at(split);
            assert_eq!(crc64(crc64(0, head), tail), one_by_one, "{split}");
        }
    }
}
