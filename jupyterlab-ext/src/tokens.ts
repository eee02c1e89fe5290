import type { NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';
import type { Client } from '@nightlog/shared/api/client';
import type { ServerEvent } from '@nightlog/shared/api/event-stream';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { Version } from '@nightlog/shared/versions/version-schema';
import type { JobListState } from '@nightlog/shared/workflows/job-list';

/** Whether the person's server answers. */
export type ConnectionStatus =
	| { readonly kind: 'connecting' }
	| { readonly kind: 'connected' }
	/** `message` says why, and what to do. */
	| { readonly kind: 'unreachable'; readonly message: string };

/** Where a notebook of this Jupyter server lies. */
export interface NotebookPlace {
	/** Absolute path on the machine of the Jupyter server; null where it is no file there. */
	readonly file: string | null;
	/** Why there is no file, and what to do; null where there is one. */
	readonly reason: string | null;
	/** The Python of the Jupyter server, whose kernels its users see. */
	readonly python: string;
}

/** The person's Nightlog server, behind Jupyter. */
export interface IConnection {
	readonly client: Client;
	/** For what nobody waits for: one call at a time, so that none of them takes a connection from the editor. */
	readonly background: Client;
	readonly status: ConnectionStatus;
	readonly statusChanged: ISignal<IConnection, ConnectionStatus>;
	/** What the server tells; `reset` after each gap. */
	readonly events: ISignal<IConnection, ServerEvent>;
	/** Tries again now. */
	retry(): void;
	/** @throws NightlogError `place/…` when the Jupyter server cannot say */
	placeOf(panel: NotebookPanel): Promise<NotebookPlace>;
	/** The path of the contents API under which Jupyter shows this file; null where it does not. Throws as `placeOf`. */
	pathOf(file: string): Promise<string | null>;
	/** Where the notebook with this path of the contents API lies. Throws as `placeOf`. */
	placeAt(path: string): Promise<NotebookPlace>;
}

export const IConnection = new Token<IConnection>('@nightlog/jupyterlab-ext:IConnection', "The person's Nightlog server.");

/** The person's jobs, kept up to date. */
export interface IJobs {
	readonly state: JobListState;
	readonly changed: ISignal<IJobs, Job | null>;
	reload(): Promise<void>;
	loadMore(): Promise<void>;
}

export const IJobs = new Token<IJobs>('@nightlog/jupyterlab-ext:IJobs', "The person's jobs.");

/** The side panel, to which plugins add their sections. */
export interface ISections {
	/** Adds a section; it is disposed with the panel. `rank` orders them from top to bottom. */
	add(section: Widget, rank: number): void;
	/** Shows the panel with this section open. */
	reveal(section: Widget): void;
}

export const ISections = new Token<ISections>('@nightlog/jupyterlab-ext:ISections', "Nightlog's side panel.");

/** Puts a job's outputs into the cells that they belong to. */
export interface IOutputReturn {
	/** Opens the job's notebook where it is not open, and puts the outputs there; asks where cells were changed. */
	bring(job: Job): Promise<void>;
	/** The outputs of this job are awaited here: when it is done they come by themselves, or are offered. */
	expect(job: Job): void;
}

export const IOutputReturn = new Token<IOutputReturn>('@nightlog/jupyterlab-ext:IOutputReturn', "Puts a job's outputs into their cells.");

/** Opens what the server keeps, without a way to change it. */
export interface IReadOnlyNotebooks {
	openResult(job: Job): Promise<void>;
	/** @param file absolute path of the notebook */
	openVersion(version: Pick<Version, 'id' | 'createdAt'>, file: string): Promise<void>;
}

export const IReadOnlyNotebooks = new Token<IReadOnlyNotebooks>(
	'@nightlog/jupyterlab-ext:IReadOnlyNotebooks',
	'Opens versions and results as notebooks that cannot be changed.',
);

/** What a person set. */
export interface ISettings {
	/** Whether outputs of a finished job come into unchanged cells by themselves. */
	bringOutputs(): Promise<boolean>;
}

export const ISettings = new Token<ISettings>('@nightlog/jupyterlab-ext:ISettings', "Nightlog's settings.");
