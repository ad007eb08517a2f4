/** Countries as ISO 3166-1 alpha-2 codes, parsed from codes and names. */
import { InvalidInputError } from '../errors.ts';
import { quote, readText } from './text.ts';

/**
 * Alpha-2 and alpha-3 of ISO 3166-1 as of 2024, and Kosovo's code, which is in common use though the standard does not
 * assign it.
 */
const CODES = `
  ADAND AEARE AFAFG AGATG AIAIA ALALB AMARM AOAGO AQATA ARARG ASASM ATAUT AUAUS AWABW AXALA AZAZE
  BABIH BBBRB BDBGD BEBEL BFBFA BGBGR BHBHR BIBDI BJBEN BLBLM BMBMU BNBRN BOBOL BQBES BRBRA BSBHS
  BTBTN BVBVT BWBWA BYBLR BZBLZ CACAN CCCCK CDCOD CFCAF CGCOG CHCHE CICIV CKCOK CLCHL CMCMR CNCHN
  COCOL CRCRI CUCUB CVCPV CWCUW CXCXR CYCYP CZCZE DEDEU DJDJI DKDNK DMDMA DODOM DZDZA ECECU EEEST
  EGEGY EHESH ERERI ESESP ETETH FIFIN FJFJI FKFLK FMFSM FOFRO FRFRA GAGAB GBGBR GDGRD GEGEO GFGUF
  GGGGY GHGHA GIGIB GLGRL GMGMB GNGIN GPGLP GQGNQ GRGRC GSSGS GTGTM GUGUM GWGNB GYGUY HKHKG HMHMD
  HNHND HRHRV HTHTI HUHUN IDIDN IEIRL ILISR IMIMN ININD IOIOT IQIRQ IRIRN ISISL ITITA JEJEY JMJAM
  JOJOR JPJPN KEKEN KGKGZ KHKHM KIKIR KMCOM KNKNA KPPRK KRKOR KWKWT KYCYM KZKAZ LALAO LBLBN LCLCA
  LILIE LKLKA LRLBR LSLSO LTLTU LULUX LVLVA LYLBY MAMAR MCMCO MDMDA MEMNE MFMAF MGMDG MHMHL MKMKD
  MLMLI MMMMR MNMNG MOMAC MPMNP MQMTQ MRMRT MSMSR MTMLT MUMUS MVMDV MWMWI MXMEX MYMYS MZMOZ NANAM
  NCNCL NENER NFNFK NGNGA NINIC NLNLD NONOR NPNPL NRNRU NUNIU NZNZL OMOMN PAPAN PEPER PFPYF PGPNG
  PHPHL PKPAK PLPOL PMSPM PNPCN PRPRI PSPSE PTPRT PWPLW PYPRY QAQAT REREU ROROU RSSRB RURUS RWRWA
  SASAU SBSLB SCSYC SDSDN SESWE SGSGP SHSHN SISVN SJSJM SKSVK SLSLE SMSMR SNSEN SOSOM SRSUR SSSSD
  STSTP SVSLV SXSXM SYSYR SZSWZ TCTCA TDTCD TFATF TGTGO THTHA TJTJK TKTKL TLTLS TMTKM TNTUN TOTON
  TRTUR TTTTO TVTUV TWTWN TZTZA UAUKR UGUGA UMUMI USUSA UYURY UZUZB VAVAT VCVCT VEVEN VGVGB VIVIR
  VNVNM VUVUT WFWLF WSWSM YEYEM YTMYT ZAZAF ZMZMB ZWZWE XKXKX`;

/** Languages of the names of countries: English, and those of many shops' files. */
const LANGUAGES = 'en de fr es it nl pt pl cs sk hu ro sv da nb fi el tr ja zh ko ru uk';

/** Names that CLDR lacks, as files of shops write them; folded as `foldName` does. */
const ALIASES: Readonly<Record<string, string>> = {
  AE: 'emirates',
  BO: 'plurinational state of bolivia, bolivia plurinational state of',
  BA: 'bosnia',
  BN: 'brunei darussalam',
  CD: 'democratic republic of the congo, democratic republic of congo, congo democratic republic, congo the democratic republic of the, dr congo, drc',
  CG: 'republic of the congo',
  CI: 'ivory coast, cote d ivoire',
  CN: 'peoples republic of china, prc, mainland china',
  CV: 'cape verde',
  CZ: 'czech republic',
  EH: 'western sahara',
  FK: 'falkland islands malvinas',
  FM: 'federated states of micronesia, micronesia federated states of',
  GB: 'uk, gb uk, great britain, britain, united kingdom of great britain and northern ireland, england, scotland, wales, northern ireland',
  GR: 'el, hellas, hellenic republic',
  GS: 'south georgia and the south sandwich islands',
  HK: 'hong kong, hong kong sar',
  IE: 'eire, republic of ireland, irish republic',
  IR: 'islamic republic of iran, iran islamic republic of',
  KP: 'democratic peoples republic of korea, korea democratic peoples republic of, dprk',
  KR: 'korea, republic of korea, korea republic of, rok',
  LA: 'lao peoples democratic republic',
  LY: 'libyan arab jamahiriya',
  MD: 'republic of moldova, moldova republic of',
  MK: 'macedonia, republic of north macedonia, former yugoslav republic of macedonia, fyrom',
  MF: 'st martin french part',
  MM: 'burma',
  MO: 'macau, macao',
  NL: 'holland, the netherlands',
  PS: 'palestine, state of palestine, palestine state of',
  RU: 'russian federation',
  SK: 'slovak republic',
  SX: 'sint maarten dutch part',
  SY: 'syrian arab republic',
  SZ: 'swaziland',
  TL: 'east timor',
  TR: 'turkey',
  TW: 'taiwan province of china, republic of china',
  TZ: 'united republic of tanzania, tanzania united republic of',
  US: 'usa, us of a, america, united states of america, the states',
  VA: 'vatican, holy see',
  VC: 'st vincent and the grenadines',
  VE: 'bolivarian republic of venezuela, venezuela bolivarian republic of',
  VG: 'virgin islands british',
  VI: 'virgin islands us',
  VN: 'viet nam',
  ZA: 'rsa, republic of south africa',
};

const alpha2ByAlpha3 = new Map(
  CODES.trim()
    .split(/\s+/)
    .map((pair) => [pair.slice(2), pair.slice(0, 2)] as const),
);
const alpha2 = new Set(alpha2ByAlpha3.values());

const FORM_OF_STATE =
  /^(?:(?:federal|democratic|islamic|socialist|peoples|independent) )*(?:republic|kingdom|state|principality|sultanate|commonwealth) of (?:the )?/;

/** The alpha-2 code of a code, a name or an alias in any case; null for anything else. */
export function findCountry(text: string): string | null {
  const trimmed = text.trim();
  const code = trimmed.toUpperCase();
  if (alpha2.has(code)) return code;
  const byAlpha3 = alpha2ByAlpha3.get(code);
  if (byAlpha3 !== undefined) return byAlpha3;
  const name = foldName(trimmed);
  return codeByName().get(name) ?? codeByName().get(name.replace(FORM_OF_STATE, '')) ?? null;
}

/** @throws {InvalidInputError} the text is no country's code or name. */
export function readCountry(field: string, text: string): string {
  const name = readText(field, text, 100);
  const code = findCountry(name);
  if (code !== null) return code;
  throw new InvalidInputError(
    field,
    `expected a country by its ISO 3166-1 code or its name, such as GB or United Kingdom, got ${quote(name)}`,
  );
}

let names: ReadonlyMap<string, string> | undefined;

/** English names, and the codes that have no name. */
export function countryNames(): readonly string[] {
  const display = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  return Array.from(alpha2, (code) => display.of(code) ?? code);
}

/** Built on first use: it takes some 50 ms. */
function codeByName(): ReadonlyMap<string, string> {
  return (names ??= gatherNames());
}

function gatherNames(): Map<string, string> {
  const codes = new Map<string, string>();
  for (const [code, list] of Object.entries(ALIASES)) {
    for (const name of list.split(', ')) codes.set(name, code);
  }
  for (const language of LANGUAGES.split(' ')) {
    for (const style of ['long', 'short'] as const) addNames(codes, language, style);
  }
  return codes;
}

/** The first meaning of a name stays: English precedes the other languages. */
function addNames(codes: Map<string, string>, language: string, style: 'long' | 'short'): void {
  const display = new Intl.DisplayNames(language, { type: 'region', style, fallback: 'none' });
  for (const code of alpha2) {
    const name = display.of(code);
    if (name === undefined) continue;
    const folded = foldName(name);
    if (!codes.has(folded)) codes.set(folded, code);
  }
}

/** Ignores case, accents, points, hyphens, a leading article and the variants of "and" and "saint". */
function foldName(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/[\p{M}.'’]/gu, '')
    .toLowerCase()
    .replaceAll('&', ' and ')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .replaceAll(/\bsaint\b/g, 'st')
    .trim()
    .replace(/^the /, '');
}
