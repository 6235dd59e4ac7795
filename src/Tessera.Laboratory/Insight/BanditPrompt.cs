using System.Globalization;
using System.Text;

namespace Tessera.Laboratory;

/// <summary>
/// The record of somebody who has pulled the arms of a two-armed Gaussian bandit at random, and the question which one to pull next. One arm
/// pays 1 on average, the other 0, both with noise of standard deviation 1; which of them is called A is drawn.
/// </summary>
/// <param name="Text">The prompt, up to where the answer begins.</param>
/// <param name="Pulls">Pulls in the record.</param>
/// <param name="Best">The better arm: 0 for A, 1 for B.</param>
internal sealed record BanditPrompt(string Text, int Pulls, int Best)
{
    /// <summary>Draws a prompt.</summary>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="index">Which prompt.</param>
    /// <param name="pulls">Pulls in the record.</param>
    public static BanditPrompt Draw(ulong seed, int index, int pulls)
    {
        var key = new RandomKey(seed, (uint)index, 0, RandomPurpose.Sample);
        var best = index % 2; // labels are swapped in half of the prompts
        var text = new StringBuilder("Two machines, A and B. Rewards so far:\n");
        for (var pull = 0; pull < pulls; pull++)
        {
            var arm = key.Below(2, (uint)(2 * pull));
            var reward = (arm == best ? 1 : 0) + key.Normal((uint)(2 * pull + 1));
            text.Append(CultureInfo.InvariantCulture, $"{(arm == 0 ? 'A' : 'B')} {reward:F1}\n");
        }

        return new BanditPrompt(text.Append("Which machine next? Answer with A or B:").ToString(), pulls, best);
    }
}
