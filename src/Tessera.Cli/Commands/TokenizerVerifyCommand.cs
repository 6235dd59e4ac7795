using System.CommandLine;
using System.Globalization;
using System.Threading.Channels;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Tokenizers;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera tokenizer verify</c>: compares tokenizers with Hugging Face's own, or with themselves.</summary>
internal sealed class TokenizerVerifyCommand
{
    private const string Summary = "Compares ids and places with Hugging Face's tokenizers, or a tokenizer's fast ways with its general one.";

    private const string Details = """
        Every file of text is taken whole (each document), line by line, and in random slices of 1 to 200 characters. In every text the ids of
        strings, of UTF-8 bytes, with and without places, the count, and the patterns run by the general engine have to agree. With --peer each
        text's ids and places are compared with those of Hugging Face's library; without it, byte-level tokenizers have to give the text back.

        --peer names a folder with the npm package tokenizers and this script as encode.mjs:

          import { createInterface } from 'node:readline';
          import tokenizers from 'tokenizers';
          const tokenizer = tokenizers.Tokenizer.fromFile(process.argv[2]);
          for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
            const e = await tokenizer.encode(JSON.parse(line), null, { addSpecialTokens: true });
            console.log(JSON.stringify({ ids: e.getIds(), offsets: e.getOffsets() }));
          }

        Examples:
          tessera tokenizer verify tokenizer.json --text book.txt
          tessera tokenizer verify model-directory other.json --text book.txt --text pages.jsonl --peer ~/peer --seed 7

        Exit code 1 where anything differs. With --json one object a tokenizer: {"tokenizer", "differences", "roundTrips", "parts":[{part, texts, bytes,
        differences}], "examples"}.
        """;

    private readonly CommandConsole _console;
    private readonly Argument<string[]> _tokenizers = TokenizerArguments.Many();
    private readonly Option<string[]> _texts = new("--text") { Description = "A file of text, or of one JSON object with \"text\" a line (.jsonl); may be given several times.", HelpName = "FILE", Required = true };
    private readonly Option<string?> _peer = new("--peer") { Description = "The folder of the peer.", HelpName = "DIR" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Decides the slices.", DefaultValueFactory = static _ => 0 };
    private readonly Option<int> _most = new("--most") { Description = "The most characters of each file, from its start.", HelpName = "N", DefaultValueFactory = static _ => int.MaxValue };
    private readonly Option<bool> _json = new("--json") { Description = "Writes JSON, one object a tokenizer." };

    private TokenizerVerifyCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var verify = new TokenizerVerifyCommand(console);
        var command = new TaughtCommand("verify", Summary, Details) { verify._tokenizers, verify._texts, verify._peer, verify._seed, verify._most, verify._json };
        command.SetAction(verify.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var texts = await VerificationTexts.ReadAsync(result.GetRequiredValue(_texts), result.GetValue(_seed), result.GetValue(_most), _console, cancellation).ConfigureAwait(false);
        var differences = 0L;
        var total = 0L;
        foreach (var path in result.GetRequiredValue(_tokenizers))
        {
            var tokenizer = TokenizerArguments.Load(path, _console);
            var verification = new TokenizerVerification(tokenizer, TokenizerVerification.WithoutScanners(tokenizer));
            if (result.GetValue(_peer) is { } folder) await CompareWithPeerAsync(verification, texts, folder, path, tokenizer, cancellation).ConfigureAwait(false);
            else Compare(verification, texts, path, cancellation);
            Report(path, verification, result.GetValue(_json), result.GetValue(_peer) is not null);
            differences += verification.Differences.Sum();
            total += verification.Bytes.Sum();
        }

        if (!result.GetValue(_json)) _console.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{total:N0} bytes compared, {differences:N0} texts with a difference"));
        return differences == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private void Compare(TokenizerVerification verification, VerificationTexts texts, string path, CancellationToken cancellation) =>
        _console.WithProgress(TokenizerArguments.NameOf(path), 3 * texts.Length, progress =>
        {
            var done = 0L;
            foreach (var (part, text) in texts.All())
            {
                cancellation.ThrowIfCancellationRequested();
                verification.Compare(part, text, null);
                progress(done += text.Length);
            }
        });

    // The texts flow through the peer while earlier ones are compared.
    private static async Task CompareWithPeerAsync(TokenizerVerification verification, VerificationTexts texts, string folder, string path, Tokenizer tokenizer, CancellationToken cancellation)
    {
        await using var peer = PeerTokenizer.Start(folder, path, tokenizer);
        var sent = Channel.CreateBounded<(TextPart Part, string Text)>(64);
        var sending = SendAsync(peer, texts, sent.Writer, cancellation);
        await foreach (var (part, text) in sent.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            verification.Compare(part, text, await peer.ReceiveAsync(cancellation).ConfigureAwait(false));
        await sending.ConfigureAwait(false);
    }

    private static async Task SendAsync(PeerTokenizer peer, VerificationTexts texts, ChannelWriter<(TextPart Part, string Text)> sent, CancellationToken cancellation)
    {
        Exception? failure = null;
        try
        {
            foreach (var text in texts.All())
            {
                await sent.WriteAsync(text, cancellation).ConfigureAwait(false);
                await peer.SendAsync(text.Text, cancellation).ConfigureAwait(false);
            }

            peer.EndOfTexts();
        }
        catch (IOException e) // it has ended; the receiver says why
        {
            failure = e;
        }

        sent.Complete(failure);
    }

    private void Report(string path, TokenizerVerification verification, bool json, bool withPeer)
    {
        var parts = new[] { TextPart.Document, TextPart.Line, TextPart.Slice };
        if (json)
        {
            JsonLine.Write(_console.Output, writer =>
            {
                writer.WriteString("tokenizer", path);
                writer.WriteNumber("differences", verification.Differences.Sum());
                if (!withPeer) writer.WriteNumber("roundTrips", verification.RoundTrips);
                writer.WriteStartArray("parts");
                foreach (var part in parts)
                {
                    writer.WriteStartObject();
                    writer.WriteString("part", part.ToString());
                    writer.WriteNumber("texts", verification.Texts[(int)part]);
                    writer.WriteNumber("bytes", verification.Bytes[(int)part]);
                    writer.WriteNumber("differences", verification.Differences[(int)part]);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteStartArray("examples");
                foreach (var example in verification.Examples) writer.WriteStringValue(example);
                writer.WriteEndArray();
            });
            return;
        }

        var table = new ResultTable("tokenizer", "part", "#texts", "#bytes", "#differences");
        foreach (var part in parts)
            table.Add(TokenizerArguments.NameOf(path), part.ToString(), Text(verification.Texts[(int)part]), Text(verification.Bytes[(int)part]), Text(verification.Differences[(int)part]));
        table.WriteTo(_console);
        foreach (var example in verification.Examples) _console.Output.WriteLine(example);
        if (!withPeer) _console.Output.WriteLine($"{Text(verification.RoundTrips)} of {Text(verification.Texts.Sum())} texts come back from their ids as they were{(verification.IsLossless ? ", as all of this tokenizer must" : "")}");
    }

    private static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
