# SPDX-License-Identifier: Apache-2.0
"""Who asks where the services are is told the tenant's URLs or, if the connector is set so, the connector's."""
import pathlib
import re

import harness

TENANT, CONNECTOR = "https://rms.contoso.test/_wmcs", "https://rmsconnector.contoso.test:8443/_wmcs"
SERVER_NS = "http://microsoft.com/DRM/ServerService"
LOCATOR_NS = "http://microsoft.com/DRM/ServiceLocatorService"
TYPES = ("CertificationService", "LicensingService", "PublishingService")


class PublishesLocations(harness.SystemTest):
    def ask(self, page, payload):
        envelope = ('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>' + payload +
                    "</s:Body></s:Envelope>")
        # Nothing in the head of a request says what is published.
        status, _, text = self.system.request("exchange", "POST", f"/_wmcs/{page}", envelope,
                                              {"Host": "evil.test", "X-Forwarded-Host": "evil.test"})
        self.assertEqual(status, 200, text)
        self.assertNotIn("evil.test", text)
        return text

    def locations(self, page, ns):
        requests = "".join(f"<ServiceLocationRequest><Type>{name}</Type></ServiceLocationRequest>" for name in TYPES)
        text = self.ask(page, f'<FindServiceLocationsForUser xmlns="{ns}"><ServiceNames>{requests}</ServiceNames>'
                              "</FindServiceLocationsForUser>")
        self.assertIn(f'<FindServiceLocationsForUserResponse xmlns="{ns}">', text)
        return re.findall(r"<URL>(.*?)</URL>", text)

    def server_info(self, page):
        text = self.ask(page, f'<GetServerInfo xmlns="{SERVER_NS}"><requests><ServerInfoRequest>'
                              "<Type>ServiceLocations</Type></ServerInfoRequest></requests></GetServerInfo>")
        return re.findall(r'\bUrl="(.*?)"', text)

    def expect(self, base):
        for page in ("certification/ServiceLocator.asmx", "licensing/ServiceLocator.asmx", "certification/server.asmx"):
            for ns in (LOCATOR_NS, SERVER_NS):
                self.assertEqual(self.locations(page, ns),
                                 [f"{base}/certification", f"{base}/licensing", f"{base}/licensing"], (page, ns))
        for page in ("certification/server.asmx", "licensing/server.asmx"):
            urls = self.server_info(page)
            self.assertGreaterEqual(len(urls), len(TYPES))
            for url in urls:
                self.assertTrue(url.startswith(base + "/"), url)

    def test_the_tenants_unless_the_connector_is_told_to_name_its_own(self):
        self.expect(TENANT)
        config = pathlib.Path(self.system.env["RMS_CONNECTOR_CONFIG"])
        config.write_text(config.read_text() + "published_locations:\n  point_to: connector\n"
                          f"  connector_url: {CONNECTOR.removesuffix('/_wmcs')}\n")
        self.system.adopt("rms-connectord")
        self.expect(CONNECTOR)
        # What is issued names the tenant's URLs all the same.
        renewed = self.system.rms("exchange", "bootstrap", "--renew")
        self.assertEqual(renewed.returncode, 0, renewed.stderr)
        account = (self.system.state / "clients/exchange/account.xml").read_text()
        self.assertIn(TENANT, account)
        self.assertNotIn("rmsconnector.contoso.test", account)


if __name__ == "__main__":
    harness.main()
