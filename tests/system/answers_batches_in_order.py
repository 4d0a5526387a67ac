# SPDX-License-Identifier: Apache-2.0
"""A batch of a hundred is answered item by item, in order, whatever is wrong with some of them (MS-RMPR 3.4.4.1)."""
import re

import harness
from harness import LICENSE_PAGE

NO_RIGHTS = "Microsoft.DigitalRightsManagement.Licensing.NoRightsForRequestedPrincipalException"
BAD_SIGNATURE = "Microsoft.DigitalRightsManagement.Licensing.InvalidRightsLabelSignatureException"
BAD_PERSONA = "Microsoft.DigitalRightsManagement.Licensing.InvalidPersonaCertSignatureException"
NO_PERSONA = "Microsoft.DigitalRightsManagement.Licensing.UnexpectedPersonaCertException"
TOO_MUCH_DATA = "Microsoft.DigitalRightsManagement.Utilities.UnspecifiedErrorException"


def child(text, name):
    return re.search(rf"<{name}\b.*?</{name}>", text, re.S)[0]


class AnswersBatchesInOrder(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls.system.sample_request("sharepoint").decode()
        board = cls.system.rms("sharepoint", "request", str(cls.system.state / "sample" / "board.ptxt"))
        assert board.returncode == 0, board.stderr
        cls.certs = child(cls.plan, "LicenseeCerts")
        cls.granted = child(cls.plan, "IssuanceLicense")
        cls.not_granted = child(board.stdout, "IssuanceLicense")
        cls.altered = cls.granted.replace("<ISSUEDTIME>2", "<ISSUEDTIME>1", 1)
        assert cls.altered != cls.granted

    def ask(self, items, maximum="1.1.0.0"):
        """(HTTP status, one text an answer) for items of (LicenseeCerts, IssuanceLicense or '')."""
        params = "".join(f"<AcquireLicenseParams>{certs}{label}</AcquireLicenseParams>" for certs, label in items)
        envelope = re.sub(r"<AcquireLicenseParams>.*</AcquireLicenseParams>", lambda _: params, self.plan, flags=re.S)
        envelope = re.sub(r"(<MaximumVersion>)[^<]*", rf"\g<1>{maximum}", envelope)
        status, _, body = self.system.request("sharepoint", "POST", LICENSE_PAGE, envelope.encode())
        result = re.search(r"<AcquireLicenseResult>(.*)</AcquireLicenseResult>", body, re.S)
        answers = re.findall(r"<AcquireLicenseResponse>(.*?)</AcquireLicenseResponse>", result[1], re.S) if result else []
        return status, answers, body

    def check(self, index, answer, expected):
        if expected is None:
            self.assertIn('purpose="Content-License"', harness.xrml_of(answer)[0], index)
            return
        self.assertNotIn("<XrML", answer, index)
        self.assertIn(f"<ExceptionString>{expected}", answer, index)
        self.assertIn(f"<batchindex>{index}</batchindex>", answer, index)

    def test_good_bad_and_inherited_licences_each_get_their_own_answer(self):
        kinds = [  # What an item brings, and what it and those that inherit from it get.
            (self.granted, None), (self.not_granted, NO_RIGHTS), (self.altered, BAD_SIGNATURE)]
        items, expected = [], []
        while len(items) < 100:
            label, outcome = kinds[len(items) // 5 % len(kinds)]
            items.append((self.certs, label if len(items) % 5 == 0 else ""))
            expected.append(outcome)
        status, answers, body = self.ask(items)
        self.assertEqual((status, len(answers)), (200, 100), body[:500])
        for index, (answer, outcome) in enumerate(zip(answers, expected)):
            self.check(index, answer, outcome)

    def test_an_item_with_a_bad_account_certificate_leaves_what_it_brought_to_the_next(self):
        forged = self.certs.replace("<ISSUEDTIME>2", "<ISSUEDTIME>1", 1)
        status, answers, body = self.ask([(forged, self.granted), (self.certs, "")])
        self.assertEqual((status, len(answers)), (200, 2), body[:500])
        self.check(0, answers[0], BAD_PERSONA)
        self.check(1, answers[1], None)

    def items_that_bring_too_much_or_nothing(self):
        """(what stands in an item, what it gets), each after an item that is good."""
        large = self.certs.replace("</LicenseeCerts>", f"<Certificate><XrML xmlns=''>{'x' * 30_720}</XrML></Certificate>"
                                                       "</LicenseeCerts>")
        return [((large, self.granted), NO_PERSONA),
                (("<LicenseeCerts/>", self.granted), NO_PERSONA),
                (('<LicenseeCerts xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>', ""), NO_PERSONA),
                (("", self.granted), NO_PERSONA),
                ((self.certs, f"<ApplicationData>{'x' * 102_401}</ApplicationData>"), TOO_MUCH_DATA),
                ((self.certs, self.granted.replace("<XrML", f"<XrML a='{'x' * 8 * 1024 * 1024}'", 1)),
                 "System.ArgumentException")]

    def test_an_item_that_brings_too_much_or_nothing_leaves_the_others_their_answers(self):
        items, expected = [], []
        for item, outcome in self.items_that_bring_too_much_or_nothing():
            items += [(self.certs, self.granted), item]
            expected += [None, outcome]
        items.append((self.certs, self.granted))
        expected.append(None)
        status, answers, body = self.ask(items)
        self.assertEqual((status, len(answers)), (200, len(items)), body[:500])
        for index, (answer, outcome) in enumerate(zip(answers, expected)):
            self.check(index, answer, outcome)

    def test_what_is_no_xrml_at_all_is_a_fault_for_the_request(self):
        junk = "<LicenseeCerts><Certificate><Junk/></Certificate></LicenseeCerts>"
        status, answers, body = self.ask([(self.certs, self.granted), (junk, self.granted)])
        self.assertEqual((status, answers), (500, []), body[:500])
        self.assertIn("<faultstring>System.ArgumentException", body)

    def test_a_caller_of_version_1_0_sends_one_and_gets_its_failure_as_a_fault(self):
        status, _, body = self.ask([(self.certs, self.not_granted)], maximum="1.0.0.0")
        self.assertEqual(status, 500)
        self.assertIn(f"<faultstring>{NO_RIGHTS}", body)
        status, _, body = self.ask([("<LicenseeCerts/>", self.granted)], maximum="1.0.0.0")
        self.assertEqual(status, 500)
        self.assertIn(f"<faultstring>{NO_PERSONA}", body)
        status, _, body = self.ask([(self.certs, self.granted)] * 2, maximum="1.0.0.0")
        self.assertEqual(status, 500)
        self.assertIn("MaximumVersion 1.1.0.0", body)

    def test_the_first_item_must_bring_a_licence(self):
        status, _, body = self.ask([(self.certs, ""), (self.certs, self.granted)])
        self.assertEqual(status, 500)
        self.assertIn("System.ArgumentNullException", body)


if __name__ == "__main__":
    harness.main()
