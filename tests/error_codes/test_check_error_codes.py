#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
import unittest

from check_error_codes import codes_of, name_of, unprovoked

HEADER = """
enum class ErrorCode : std::uint8_t {
    Unknown = 0, ///< Nobody, sets it
    DiskFull, // Files, Folders
    // Models
    ModelNotFound,
};
enum class Other { Thing, };
"""


class CheckErrorCodes(unittest.TestCase):
    def test_reads_the_enumerators_alone(self):
        self.assertEqual(codes_of(HEADER), ["Unknown", "DiskFull", "ModelNotFound"])

    def test_knows_the_names(self):
        self.assertEqual([name_of("DiskFull"), name_of("Busy")], ["disk_full", "busy"])

    def test_names_what_no_test_expects(self):
        codes = codes_of(HEADER)
        self.assertEqual(unprovoked(codes, []), ["DiskFull", "ModelNotFound"])
        self.assertEqual(unprovoked(codes, ["VERIFY_ERROR(x, ErrorCode::DiskFull)"]), ["ModelNotFound"])
        self.assertEqual(unprovoked(codes, ['code == "model_not_found"', "'disk_full'"]), [])
        self.assertEqual(unprovoked(codes, ["ErrorCode::DiskFuller", '"disk_fuller"']), ["DiskFull", "ModelNotFound"])


if __name__ == "__main__":
    unittest.main()
