/**
 * Names of the default folders in the languages that people ask for most: those
 * that mail programs show, so that a folder is called the same everywhere.
 */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { StoreLayout } from '../../core/mapi/store-layout.ts';

/** Folders with a name that changes with the language, by their key in the layout. */
const NAMED_FOLDERS = [
  'inbox',
  'outbox',
  'wastebasket',
  'sentMail',
  'contacts',
  'calendar',
  'drafts',
  'journal',
  'notes',
  'tasks',
  'junk',
  'rss',
  'suggestedContacts',
] as const;

export type NamedFolder = (typeof NAMED_FOLDERS)[number];

/** In the order of {@link NAMED_FOLDERS}. */
const NAMES = {
  en: 'Inbox|Outbox|Deleted Items|Sent Items|Contacts|Calendar|Drafts|Journal|Notes|Tasks|Junk E-mail|RSS Feeds|Suggested Contacts',
  de: 'Posteingang|Postausgang|Gelöschte Objekte|Gesendete Objekte|Kontakte|Kalender|Entwürfe|Journal|Notizen|Aufgaben|Junk-E-Mail|RSS-Feeds|Vorgeschlagene Kontakte',
  nl: 'Postvak IN|Postvak UIT|Verwijderde items|Verzonden items|Contactpersonen|Agenda|Concepten|Logboek|Notities|Taken|Ongewenste e-mail|RSS-feeds|Voorgestelde contactpersonen',
  fr: 'Boîte de réception|Boîte d’envoi|Éléments supprimés|Éléments envoyés|Contacts|Calendrier|Brouillons|Journal|Notes|Tâches|Courrier indésirable|Flux RSS|Contacts suggérés',
  es: 'Bandeja de entrada|Bandeja de salida|Elementos eliminados|Elementos enviados|Contactos|Calendario|Borradores|Diario|Notas|Tareas|Correo no deseado|Fuentes RSS|Contactos sugeridos',
  it: 'Posta in arrivo|Posta in uscita|Posta eliminata|Posta inviata|Contatti|Calendario|Bozze|Diario|Note|Attività|Posta indesiderata|Feed RSS|Contatti suggeriti',
  pt: 'Caixa de Entrada|Caixa de Saída|Itens Eliminados|Itens Enviados|Contactos|Calendário|Rascunhos|Diário|Notas|Tarefas|Correio Eletrónico de Lixo|RSS Feeds|Contactos Sugeridos',
  pl: 'Skrzynka odbiorcza|Skrzynka nadawcza|Elementy usunięte|Elementy wysłane|Kontakty|Kalendarz|Wersje robocze|Dziennik|Notatki|Zadania|Wiadomości-śmieci|Źródła RSS|Sugerowane kontakty',
  cs: 'Doručená pošta|Pošta k odeslání|Odstraněná pošta|Odeslaná pošta|Kontakty|Kalendář|Koncepty|Deník|Poznámky|Úkoly|Nevyžádaná pošta|Informační kanály RSS|Navrhované kontakty',
  da: 'Indbakke|Udbakke|Slettet post|Sendt post|Kontakter|Kalender|Kladder|Journal|Noter|Opgaver|Uønsket mail|RSS-feeds|Foreslåede kontakter',
  nb: 'Innboks|Utboks|Slettede elementer|Sendte elementer|Kontakter|Kalender|Kladder|Logg|Notater|Oppgaver|Søppelpost|RSS-feeder|Foreslåtte kontakter',
  sv: 'Inkorgen|Utkorgen|Borttaget|Skickat|Kontakter|Kalender|Utkast|Journal|Anteckningar|Uppgifter|Skräppost|RSS-feeds|Föreslagna kontakter',
  fi: 'Saapuneet|Lähtevät|Poistetut|Lähetetyt|Yhteystiedot|Kalenteri|Luonnokset|Päiväkirja|Muistilaput|Tehtävät|Roskaposti|RSS-syötteet|Ehdotetut yhteystiedot',
} as const;

export type Language = keyof typeof NAMES;
export const LANGUAGES = Object.keys(NAMES) as readonly Language[];

/** The names of the default folders in a language. */
export function folderNames(language: Language): ReadonlyMap<NamedFolder, string> {
  const names = NAMES[language].split('|');
  return new Map(NAMED_FOLDERS.map((key, index) => [key, names[index]!]));
}

/** The same folders under the names of a language. */
export function inLanguage(layout: StoreLayout, language: Language): StoreLayout {
  const names: ReadonlyMap<string, string> = folderNames(language);
  return { ...layout, folders: layout.folders.map((row) => ({ ...row, name: names.get(row.key) ?? row.name })) };
}

/** `de`, `de_DE`, `de_DE.UTF-8` and `de-DE` are German. */
export function parseLanguage(text: string): Language {
  const [code] = text.toLowerCase().split(/[-_.@]/, 1);
  const found = LANGUAGES.find((language) => language === code || (code === 'no' && language === 'nb'));
  if (!found) throw new InvalidArgumentError(`It takes one of ${LANGUAGES.join(', ')}.`);
  return found;
}

export const addLanguageOption = (command: Command, what: string): Command =>
  command.option('--language <code>', `${what}: ${LANGUAGES.join(', ')}`, parseLanguage);
