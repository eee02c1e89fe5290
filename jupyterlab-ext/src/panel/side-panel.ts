import type { ITranslator } from '@jupyterlab/translation';
import { SidePanel } from '@jupyterlab/ui-components';
import type { AccordionPanel, Widget } from '@lumino/widgets';
import { icons } from '../icons/icons.ts';
import type { ISections } from '../tokens.ts';

/** Nightlog's panel at the side: sections that open and close. */
export class NightlogPanel extends SidePanel implements ISections {
	private readonly ranks = new Map<Widget, number>();
	private readonly bringToFront: () => void;

	/** @param show brings the panel to the front */
	constructor(translator: ITranslator, show: () => void) {
		super({ translator });
		const trans = translator.load('nightlog');
		this.bringToFront = show;
		this.id = 'nightlog-panel';
		this.addClass('nightlog-panel');
		this.title.icon = icons.nightlog;
		this.title.caption = trans.__('Nightlog');
		this.node.setAttribute('aria-label', trans.__('Nightlog'));
	}

	add(section: Widget, rank: number): void {
		const index = [...this.ranks.values()].filter((other) => other <= rank).length;
		this.ranks.set(section, rank);
		section.disposed.connect(() => this.ranks.delete(section));
		this.insertWidget(index, section);
	}

	reveal(section: Widget): void {
		this.bringToFront();
		const index = this.widgets.indexOf(section);
		if (index >= 0) (this.content as AccordionPanel).expand(index);
		section.activate();
	}
}
