import { type Browser, chromium } from 'playwright-core';

/** Debian's Chromium, without its calls to other hosts. */
export function launchBrowser(): Promise<Browser> {
	return chromium.launch({
		executablePath: process.env.NIGHTLOG_CHROMIUM ?? '/usr/bin/chromium',
		headless: true,
		timeout: 180_000,
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
}
