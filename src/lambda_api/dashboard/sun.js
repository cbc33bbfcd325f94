/* Where the sun stands, by NOAA's solar equations, and so when it is night somewhere. */

const RADIANS = Math.PI / 180;
const HORIZON = -0.833; // degrees: refraction and the sun's radius, as for sunrise
const STEP = 600; // seconds between looks at the sun
const UNIX_EPOCH = 2440587.5; // in Julian days
const J2000 = 2451545;

/** Return the sun's elevation, degrees, without refraction. seconds: since 1970; latitude, longitude: degrees. */
export function sunElevation(seconds, latitude, longitude) {
  const { declination, ahead } = sunAt((seconds / 86400 + UNIX_EPOCH - J2000) / 36525);
  const minutes = ((seconds / 60) % 1440) + ahead + 4 * longitude;
  const hourAngle = (minutes / 4 - 180) * RADIANS;
  const north = latitude * RADIANS;
  const sine = Math.sin(north) * Math.sin(declination) + Math.cos(north) * Math.cos(declination) * Math.cos(hourAngle);
  return Math.asin(Math.max(-1, Math.min(1, sine))) / RADIANS;
}

/** Return the nights between two moments as [from, to], seconds since 1970. */
export function nightsBetween(from, to, latitude, longitude) {
  const nights = [];
  let begun = isNight(from) ? from : null;
  for (let at = from; at < to; at += STEP) {
    const next = Math.min(at + STEP, to);
    if (isNight(at) === isNight(next)) continue;
    const crossing = crossingBetween(at, next);
    if (begun === null) begun = crossing;
    else {
      nights.push([begun, crossing]);
      begun = null;
    }
  }
  if (begun !== null) nights.push([begun, to]);
  return nights;

  function isNight(seconds) {
    return height(seconds) < 0;
  }

  function height(seconds) {
    return sunElevation(seconds, latitude, longitude) - HORIZON;
  }

  function crossingBetween(at, next) {
    const [one, other] = [height(at), height(next)];
    return at + ((next - at) * one) / (one - other);
  }
}

/** Return the sun's declination, radians, and how far sundials are ahead of clocks, minutes. century: since 2000. */
function sunAt(century) {
  const longitude = (280.46646 + century * (36000.76983 + century * 0.0003032)) * RADIANS;
  const anomaly = (357.52911 + century * (35999.05029 - century * 0.0001537)) * RADIANS;
  const eccentricity = 0.016708634 - century * (0.000042037 + century * 0.0000001267);
  const centre =
    Math.sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century)) +
    Math.sin(2 * anomaly) * (0.019993 - 0.000101 * century) +
    Math.sin(3 * anomaly) * 0.000289;
  const node = (125.04 - 1934.136 * century) * RADIANS;
  const apparent = longitude + (centre - 0.00569 - 0.00478 * Math.sin(node)) * RADIANS;
  const tilt = (23.439291 - century * 0.0130042 + 0.00256 * Math.cos(node)) * RADIANS;
  const y = Math.tan(tilt / 2) ** 2;
  const ahead =
    y * Math.sin(2 * longitude) -
    2 * eccentricity * Math.sin(anomaly) +
    4 * eccentricity * y * Math.sin(anomaly) * Math.cos(2 * longitude) -
    0.5 * y * y * Math.sin(4 * longitude) -
    1.25 * eccentricity * eccentricity * Math.sin(2 * anomaly);
  return { declination: Math.asin(Math.sin(tilt) * Math.sin(apparent)), ahead: (4 * ahead) / RADIANS };
}
