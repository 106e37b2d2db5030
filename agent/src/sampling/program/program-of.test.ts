import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { programOf } from "./program-of.ts";

/** Command lines as one would type them; the words have no spaces of their own. */
function programOfLine(executable: string, line: string): string | undefined {
  return programOf(executable, line.split(" "));
}

describe("programOf", () => {
  it.each([
    [
      "/usr/lib/jvm/java-21/bin/java",
      "java -Xmx2g -Dpassword=x -jar /opt/app/billing-1.2.jar --secret=y",
      "billing-1.2.jar",
    ],
    ["/usr/bin/java", "java -jar -Xmx1g app.jar", "app.jar"],
    ["/usr/bin/java", "java -cp /a.jar:/b.jar -Dx=y com.example.Main arg", "com.example.Main"],
    [
      "/usr/bin/java",
      "java -classpath a --add-opens java.base/java.lang=ALL-UNNAMED org.apache.catalina.startup.Bootstrap start",
      "org.apache.catalina.startup.Bootstrap",
    ],
    [
      "/usr/bin/java",
      "java --add-opens=java.base/java.io=ALL-UNNAMED -p mods -m com.example/com.example.App x",
      "com.example.App",
    ],
    ["/usr/bin/java", "java --module-path=mods --module=com.example x", "com.example"],
    ["/usr/bin/java", "java @/etc/app.args secret", undefined],
    ["/usr/bin/java", "java @/etc/app.args --password secret", undefined],
    ["/usr/bin/java", "java -jar @/etc/app.args secret", undefined],
    ["/usr/bin/java", "java @/etc/jvm.args -Dx=y -jar /opt/app.jar secret", "app.jar"],
    ["/usr/bin/java", "java -jar app.jar @secret", "app.jar"],
    ["/usr/bin/java", "java /opt/x/Hello.java", "Hello.java"],
    ["C:\\Program Files\\Java\\bin\\java.exe", "java.exe -jar C:\\apps\\server.jar", "server.jar"],
    ["/usr/bin/java", "java -version", undefined],
    ["/usr/bin/java", "java -jar", undefined],
    ["/usr/bin/java", "java -cp x", undefined],
    ["/usr/bin/java", "java user=me:password", undefined],
    ["/usr/bin/python3.11", "python3 /srv/app/manage.py runserver --key z", "manage.py"],
    ["/usr/bin/python3", "python3 -u -m uvicorn app:main", "uvicorn"],
    ["/usr/bin/python3", "python3 -um http.server 8000", "http.server"],
    ["/usr/bin/python3", "python3 -mgunicorn app", "gunicorn"],
    ["/usr/bin/python3", "python3 -W ignore -X utf8 -Bs server.py", "server.py"],
    ["/usr/bin/python3", "python3 -Wignore --check-hash-based-pycs always -- server.py", "server.py"],
    ["/usr/bin/python3", "python3 -c import_secrets x.py", undefined],
    ["/usr/bin/python3", "python3 -uc code x.py", undefined],
    ["/usr/bin/python3", "python3 - x.py", undefined],
    ["/usr/bin/python3", "python3", undefined],
    ["/opt/venv/bin/python", "python /opt/app/", "app"],
    ["/usr/bin/python3", "/usr/bin/python3 /usr/bin/fail2ban-server -xf start", "fail2ban-server"],
    ["/usr/bin/node", "node --max-old-space-size=4096 /srv/api/server.js --token t", "server.js"],
    ["/usr/bin/node", "node -r dotenv/config --import ./a.mjs --env-file .env dist/main.mjs", "main.mjs"],
    ["/usr/bin/nodejs", "nodejs --inspect=0.0.0.0:9229 -- index.js", "index.js"],
    ["/usr/bin/node", "node --tls_cipher_list secret --security-revert cve api.js", "api.js"],
    ["/usr/bin/node", "node -e code file.js", undefined],
    ["/usr/bin/node", "node --eval=code file.js", undefined],
    ["/usr/bin/node", "node -p 1 file.js", undefined],
    ["/usr/bin/node", "node -", undefined],
    ["/usr/bin/node", "node .", undefined],
    ["/usr/bin/ruby3.1", "ruby -I lib -rjson -W0 bin/worker.rb -e production", "worker.rb"],
    ["/usr/bin/ruby", "ruby --encoding utf-8 --enable=jit -S puma -C x", "puma"],
    ["/usr/bin/ruby", "ruby -ne code x.rb", undefined],
    ["/usr/bin/perl", "/usr/bin/perl -w -T -I/opt/lib -MStrict /usr/sbin/munin-node --foreground", "munin-node"],
    ["/usr/bin/perl", "perl -I lib -i.bak script.pl", "script.pl"],
    ["/usr/bin/perl5.36.0", "perl -0777 x.pl", "x.pl"],
    ["/usr/bin/perl", "perl -0777ne code x.pl", undefined],
    ["/usr/bin/perl", "perl -lane code x.pl", undefined],
    ["/usr/bin/perl", "perl -E code x.pl", undefined],
    ["/usr/bin/php8.2", "php -d memory_limit=1G -c /etc/php.ini artisan queue:work --password=p", "artisan"],
    ["/usr/bin/php", "php -dmemory_limit=1G -f /srv/cron.php -- a", "cron.php"],
    ["/usr/bin/php", "php --define a=b --file=/srv/cron.php", "cron.php"],
    ["/usr/bin/php", "php -S 127.0.0.1:80 -t public router.php", "router.php"],
    ["/usr/bin/php", "php -r code x.php", undefined],
    ["/usr/bin/php", "php --run code x.php", undefined],
    ["/usr/bin/php", "php -- a b", undefined],
    ["/usr/sbin/php-fpm8.2", "php-fpm: pool www", undefined],
    ["/usr/share/dotnet/dotnet", "dotnet /srv/Shop.Api.dll --connection string", "Shop.Api.dll"],
    ["/usr/bin/dotnet", "dotnet exec --runtimeconfig a.json --depsfile b.json Shop.dll", "Shop.dll"],
    ["/usr/bin/dotnet", "dotnet run --project x.dll", undefined],
    ["/usr/sbin/nginx", "nginx -c /etc/nginx.conf", undefined],
    ["/usr/bin/pythonista", "pythonista x.py", undefined],
    ["/usr/bin/bash", "bash script.sh", undefined],
  ])("%s: %s → %s", (executable, line, program) => {
    expect(programOfLine(executable, line)).toBe(program);
  });

  it("keeps no control characters, no empty names and nothing over the protocol's limit", () => {
    expect(programOf("python3", ["python3", "a\nb.py"])).toBeUndefined();
    expect(programOf("python3", ["python3", "/"])).toBeUndefined();
    expect(programOf("python3", ["python3", "x".repeat(256)])).toBeUndefined();
    expect(programOf("python3", ["python3", "-m", "not a module"])).toBeUndefined();
  });

  it("never lets out more than a part of one argument, and never code", () => {
    const executable = fc.constantFrom("java", "python3", "node", "ruby", "perl", "php", "dotnet");
    const argument = fc.oneof(
      fc.string(),
      fc.constantFrom("-jar", "-m", "-c", "-e", "-r", "-cp", "--", "-", "-W", "a/b.py"),
    );
    fc.assert(
      fc.property(executable, fc.array(argument), (name, argv) => {
        const program = programOf(name, argv);
        if (program !== undefined) {
          expect(argv.slice(1).some((text) => text.includes(program))).toBe(true);
          expect(program).not.toMatch(/[\p{Cc}\\]/u);
        }
      }),
    );
    for (const [name, flag] of [
      ["python3", "-c"],
      ["node", "-e"],
      ["node", "-p"],
      ["ruby", "-e"],
      ["perl", "-e"],
      ["php", "-r"],
    ] as const) {
      fc.assert(
        fc.property(fc.array(fc.string()), (rest) => {
          expect(programOf(name, [name, flag, "print(1)", ...rest])).toBeUndefined();
        }),
      );
    }
  });
});
