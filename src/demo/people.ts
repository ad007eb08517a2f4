/** Names, countries and telephone numbers of the demo's customers. */

export interface Country {
  readonly code: string;
  readonly share: number;
  readonly language: string;
  readonly firstNames: readonly string[];
  readonly lastNames: readonly string[];
  /** Numbers reserved for fiction by the country's regulator; null has none. */
  readonly phone: ((serial: number) => string) | null;
  readonly phoneCount: number;
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

const list = (names: string): string[] => names.split(', ');

const english = {
  firstNames: list(
    'Alice, Amelia, Ben, Charlotte, Daniel, Edith, Ella, Finlay, George, Grace, Hannah, Harry, Isla, Jack, James, Lily, Mohammed, Nadia, Oliver, Priya, Rosie, Samuel, Thomas, Zara',
  ),
  lastNames: list(
    'Ahmed, Baker, Bennett, Carter, Clarke, Cooper, Davies, Edwards, Evans, Foster, Green, Hall, Hughes, Jones, Kaur, Khan, Lewis, Marsh, Morgan, Okafor, Patel, Reed, Shah, Taylor, Turner, Walker, Ward, Wood',
  ),
};

export const countries: readonly Country[] = [
  {
    code: 'GB',
    share: 0.46,
    language: 'en-GB',
    ...english,
    phone: (n) => `+447700900${pad(n, 3)}`,
    phoneCount: 1000,
  },
  {
    code: 'DE',
    share: 0.14,
    language: 'de-DE',
    firstNames: list(
      'Anna, Bernd, Clara, Emil, Felix, Greta, Hannah, Jonas, Jürgen, Lena, Lukas, Marie, Mehmet, Sabine, Sophie, Uwe',
    ),
    lastNames: list(
      'Bauer, Becker, Fischer, Hoffmann, Klein, Krüger, Lehmann, Müller, Neumann, Richter, Schäfer, Schmidt, Schulz, Wagner, Weber, Yılmaz',
    ),
    phone: (n) => `+493023125${pad(n, 3)}`,
    phoneCount: 1000,
  },
  {
    code: 'FR',
    share: 0.12,
    language: 'fr-FR',
    firstNames: list(
      'Adèle, Bastien, Camille, Chloé, Élise, Hugo, Inès, Jules, Karim, Léa, Louis, Manon, Noé, Pauline, Théo, Zoé',
    ),
    lastNames: list(
      'Bernard, Bonnet, Chevalier, Dubois, Fournier, Garnier, Girard, Lambert, Lefèvre, Martin, Moreau, Petit, Renard, Robert, Rousseau, Simon',
    ),
    phone: (n) => `+3363998${pad(n, 4)}`,
    phoneCount: 10_000,
  },
  {
    code: 'US',
    share: 0.1,
    language: 'en-US',
    ...english,
    phone: (n) =>
      `+1${['212', '312', '415', '503', '617', '713'][Math.floor(n / 100)]}55501${pad(n % 100, 2)}`,
    phoneCount: 600,
  },
  { code: 'IE', share: 0.07, language: 'en-IE', ...english, phone: null, phoneCount: 0 },
  {
    code: 'NL',
    share: 0.06,
    language: 'nl-NL',
    firstNames: list('Anouk, Bram, Daan, Eva, Femke, Jeroen, Lotte, Milan, Noor, Pieter, Sanne, Willem'),
    lastNames: list(
      'Bakker, de Boer, de Jong, Dekker, Hendriks, Jansen, Mulder, Smit, van Dijk, Visser, Vos, Willems',
    ),
    phone: null,
    phoneCount: 0,
  },
  {
    code: 'ES',
    share: 0.05,
    language: 'es-ES',
    firstNames: list('Alba, Andrés, Carmen, Diego, Elena, Íñigo, Javier, Lucía, Marta, Nuria, Pablo, Sofía'),
    lastNames: list(
      'Blanco, Castro, Delgado, Díaz, García, Gil, Iglesias, López, Muñoz, Navarro, Ortega, Ruiz',
    ),
    phone: null,
    phoneCount: 0,
  },
];
